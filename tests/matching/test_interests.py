"""The phrase finder and the text space, on lists of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils.estimator_checks import check_estimator

from matching.words.phrases import PhraseFinder, TextEmbedding, _terms
from matching.words.tokens import likeness, pieces, tokens, typos

PHRASES = ["bread baking", "sourdough", "lawn bowling", "bowling alley", "bird watching", "tejer", "pan casero"]
LABELS = ["bread", "bread", "bowls", "bowls", "birds", "wool", "bread"]
WORDS = ["bread", "bowls", "birds", "wool", "chess", "pan casero", "guitar", "river walk"]
KERNELS = ("Prescott", "Nehalem", "Sandybridge")  # of OpenBLAS; any x86 of the last fifteen years runs them, others take no notice
EMBEDS = (
    "import sys; from matching.words.phrases import TextEmbedding; "
    f"phrases = {PHRASES!r}; sys.stdout.buffer.write(TextEmbedding(size=4).fit(phrases).transform(phrases).tobytes())"
)


def a_finder() -> PhraseFinder:
    return PhraseFinder().fit(PHRASES, LABELS)


def test_both_keep_the_manners_of_scikit_learn() -> None:
    numbers: Any = [[1.0, 2.0]]  # what no type checker would let through
    for estimator in (PhraseFinder(sharpness=3.0), TextEmbedding(size=8, seed=3)):
        with pytest.warns(UserWarning, match="Can't test estimator"):  # it has no checks for text; the rest is below
            check_estimator(estimator)
        assert clone(estimator).get_params() == estimator.get_params()
        with pytest.raises(ValueError, match="list of strings"):
            estimator.fit(numbers, [0])
    with pytest.raises(NotFittedError):
        PhraseFinder().decision_function(["bread"])
    with pytest.raises(NotFittedError):
        TextEmbedding().transform(["bread"])
    assert make_pipeline(TextEmbedding(size=3), Normalizer()).fit_transform(PHRASES).shape == (7, 3)


def test_the_order_of_the_phrases_does_not_matter() -> None:
    turned = PhraseFinder().fit(PHRASES[::-1], LABELS[::-1])
    texts = ["baking bread with my sister", "bolwing", "nothing of the kind"]
    assert np.array_equal(a_finder().decision_function(texts), turned.decision_function(texts))


def test_a_text_may_be_long_and_still_name_its_topic() -> None:
    text = "We meet on the green behind the hall, weather permitting. Lawn bowling for all. Bring flat shoes."
    assert a_finder().predict([text])[0] == "bowls"


def test_words_of_one_phrase_far_apart_do_not_make_it() -> None:
    near, far = a_finder().decision_function(["bird watching", "a bird came by. " + "We were watching the clock."])
    assert near.max() > 2 * far.max()


def test_phrases_of_stop_words_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="empty vocabulary"):
        PhraseFinder().fit(["and the"], ["x"])


def test_one_swap_of_neighbors_is_one_typo() -> None:
    assert typos("brids", "birds") == 1
    assert typos("abc", "") == 3
    assert likeness("horse", "house") < 1.0
    assert likeness("cat", "car") == 0.0


def test_endings_carry_no_topic() -> None:
    assert tokens("dancing dances dance") == ["danc"] * 3
    assert tokens("sentado sentadas") == ["sentad"] * 2


def test_wishes_turned_down_are_left_out_of_the_pieces() -> None:
    assert pieces("I hate bingo, but chess is fine") == [["chess", "fine"]]


def test_rows_are_unit_length_or_zero_and_float32() -> None:
    rows = TextEmbedding(size=4).fit(PHRASES).transform([*PHRASES, "zzz"])
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows[:-1], axis=1), 1, atol=1e-5)
    assert not rows[-1].any()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), min_size=1, max_size=9), st.integers(1, 12))
def test_a_text_that_was_fitted_has_a_direction_of_its_own(lists: list[list[str]], size: int) -> None:
    """Whatever singular values are equal, and however many texts say the same."""
    texts = [" ".join(words) for words in lists]
    rows = TextEmbedding(size=size).fit(texts).transform(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert all(np.array_equal(rows[0], row) for row, text in zip(rows, texts, strict=True) if text == texts[0])
    if size >= len(texts):  # nothing is left out: the cosines are those of the words
        weights = TfidfVectorizer(analyzer=_terms, sublinear_tf=True).fit_transform(texts)
        assert np.allclose(rows @ rows.T, (weights @ weights.T).toarray(), atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_space_is_the_same_with_every_kernel(kernel: str) -> None:
    """Five of the seven phrases share no word with another: their singular values are equal, and four columns cannot hold them all."""
    here = TextEmbedding(size=4).fit(PHRASES).transform(PHRASES)
    there = subprocess.run([sys.executable, "-c", EMBEDS], env=os.environ | {"OPENBLAS_CORETYPE": kernel}, capture_output=True, check=True)
    assert np.allclose(here, np.frombuffer(there.stdout, np.float32).reshape(here.shape), atol=1e-6)


def test_the_same_texts_and_seed_give_the_same_space() -> None:
    one, two = (TextEmbedding(size=4, seed=9).fit(PHRASES).transform(PHRASES) for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_a_saved_space_reads_the_same_and_holds_arrays_only(tmp_path: Path) -> None:
    space = TextEmbedding(size=4).fit(PHRASES)
    space.save(tmp_path / "space.npz")
    assert TextEmbedding.load(tmp_path / "space.npz").transform(PHRASES).tobytes() == space.transform(PHRASES).tobytes()
    np.savez(tmp_path / "bad.npz", shape=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        TextEmbedding.load(tmp_path / "bad.npz")

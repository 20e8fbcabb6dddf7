"""Interests found in text: which topics a sentence names, and where any text lies among all topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_range_finder
from sklearn.utils.validation import check_is_fitted

from matching.words.tokens import STOP, alike, pieces, spoken, stem, tokens
from matching.world.arrays import F32, F64

ROUNDS = 4  # power iterations
NOISE = 1e-9  # lengths below this are rounding errors: a text of unit length is seen at about 0.1 or not at all


class PhraseFinder(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Finds which label's phrases a text contains, typos and inflections forgiven.

    A phrase counts by the share of its TF-IDF mass that is present within one piece of the text, so a long text is not
    punished for its other words, and "chair yoga" beats "yoga" when both are there. X is a list of strings throughout.

    Parameters
    ----------
    sharpness : power on the share of a phrase that was found; higher asks for whole phrases
    lookalike : cosine of character n-grams below which two words are never compared
    forgiving : whether typos and words run together are forgiven; what was written with care is read as it stands
    """

    def __init__(self, sharpness: float = 2.0, lookalike: float = 0.3, forgiving: bool = True) -> None:
        self.sharpness = sharpness
        self.lookalike = lookalike
        self.forgiving = forgiving

    def fit(self, X: Sequence[str], y: Sequence[Any]) -> Self:
        """Learn phrases X, each standing for its label y (a label has as many phrases as it needs)."""
        _strings(X)
        self.classes_, label = np.unique(np.asarray(y), return_inverse=True)
        bags = [tokens(phrase) for phrase in X]
        phrases = sorted({(int(c), tuple(sorted(set(bag)))) for c, bag in zip(label, bags, strict=True) if bag})
        if not phrases:
            raise ValueError("empty vocabulary; perhaps the phrases only contain stop words")
        self.words_ = sorted({word for _, bag in phrases for word in bag})
        self._column = {word: at for at, word in enumerate(self.words_)}
        self._weigh(phrases)
        self._spellings = sorted({word for phrase in X for word in spoken(phrase)})
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), dtype=np.float32)
        self._spelled = self._letters.fit_transform(self._spellings).T.tocsc()
        self._alike: dict[str, list[tuple[int, float]]] = {}
        return self

    def _weigh(self, phrases: list[tuple[int, tuple[str, ...]]]) -> None:
        """Phrases as rows that sum to 1, a word weighing by how few labels use it."""
        owner = np.array([c for c, _ in phrases])
        rows = np.repeat(np.arange(len(phrases)), [len(bag) for _, bag in phrases])
        columns = np.array([self._column[word] for _, bag in phrases for word in bag])
        used = sparse.csr_matrix((np.ones(len(rows)), (owner[rows], columns)), shape=(len(self.classes_), len(self.words_)))
        spread = np.asarray((used > 0).sum(axis=0)).ravel()
        self.idf_ = np.log((1.0 + len(self.classes_)) / (1.0 + spread)) + 1.0
        weights = sparse.csr_matrix((self.idf_[columns], (rows, columns)), shape=(len(phrases), len(self.words_)))
        mass = np.asarray(weights.sum(axis=1)).ravel()
        self._phrases = sparse.diags(1.0 / mass) @ weights
        # One rare word is evidence, two are more: 0.5 at half the mass of a word that only one label uses.
        self._weight = mass / (mass + 0.5 * (np.log((1.0 + len(self.classes_)) / 2.0) + 1.0))
        self._starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        self._owners = owner[self._starts]

    def decision_function(self, X: Sequence[str]) -> F64:
        """Strength of every label in every text, [n, labels], 0 (nothing of it) to below 1."""
        check_is_fitted(self)
        _strings(X)
        return np.stack([self._strengths(text) for text in X]) if len(X) else np.zeros((0, len(self.classes_)))

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """The strongest label of each text; the first one where a text names none, so look at the strengths too."""
        best: NDArray[Any] = self.classes_[self.decision_function(X).argmax(axis=1)]
        return best

    def _strengths(self, text: str) -> F64:
        best = np.zeros(len(self.classes_))
        parts = pieces(text)
        if not parts:
            return best
        heard = np.zeros((len(self.words_), len(parts)))
        for at, part in enumerate(parts):
            for word in [*part, *(a + b for a, b in pairwise(part) if stem(a + b) in self._column)]:
                for column, sure in self._lookalikes(word):
                    heard[column, at] = max(heard[column, at], sure)
        share = self._phrases @ heard
        strength = (share**self.sharpness).max(axis=1) * self._weight
        best[self._owners] = np.maximum.reduceat(strength, self._starts)
        return best

    def _lookalikes(self, word: str) -> list[tuple[int, float]]:
        """Columns of the known words this one may be, each with how sure that is; a known word is only itself."""
        column = self._column.get(stem(word))
        if column is not None:
            return [(column, 1.0)]
        if not self.forgiving:
            return []
        if word not in self._alike:
            if len(self._alike) > 20_000:
                self._alike.clear()
            self._alike[word] = self._halves(word) or self._guess(word)
        return self._alike[word]

    def _halves(self, word: str) -> list[tuple[int, float]]:
        """Two words written as one: bookclub, pingpong. Neither half may be unknown, nor both say nothing."""
        for cut in range(4, len(word) - 3):
            halves = word[:cut], word[cut:]
            columns = [self._column[stem(half)] for half in halves if stem(half) in self._column]
            if columns and all(stem(half) in self._column or half in STOP for half in halves):
                return [(column, 1.0) for column in columns]
        return []

    def _guess(self, word: str) -> list[tuple[int, float]]:
        if len(word) < 4:
            return []
        cosine = np.asarray((self._letters.transform([word]) @ self._spelled).todense()).ravel()
        near = [at for at in np.argsort(-cosine, kind="stable")[:20] if cosine[at] >= self.lookalike]
        # Endings first off, then compared: "crochting" is one slip from "crochet", though three from any spelling of it.
        sure = [(self._column[stem(self._spellings[at])], alike(word, self._spellings[at])) for at in near]
        top = max((s for _, s in sure), default=0.0)
        return [(column, s) for column, s in sure if s > 0.0 and s == top]

    def __sklearn_tags__(self) -> Any:
        return _text_tags(super().__sklearn_tags__())


class TextEmbedding(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Texts as unit rows in a small space where words used for the same topic lie together (TF-IDF, then its leading directions).

    Fit it on one document per topic (all its names and synonyms) and the run's own texts. X is a list of strings.
    The space is the range of a randomized subspace iteration (Halko, Martinsson and Tropp 2011). It is never cut between singular
    values: many are equal in short texts, and rounding errors, other on every processor, would choose among them.

    Parameters
    ----------
    size : columns of the space; fewer when the texts hold fewer independent words
    seed : dice of the first directions; the same texts and seed give the same space, to rounding errors on any processor
    """

    def __init__(self, size: int = 64, seed: int = 0) -> None:
        self.size = size
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any = None) -> Self:
        _strings(X)
        self._reader = _reader(None)
        weights = self._reader.fit_transform(X)
        self.components_ = _leading(weights, min(self.size, *weights.shape), self.seed)
        self.vocabulary_ = sorted(self._reader.vocabulary_)
        self.idf_ = self._reader.idf_
        return self

    def transform(self, X: Sequence[str]) -> F32:
        """[n, size] rows of length 1, or 0 where no word is known; float32."""
        check_is_fitted(self)
        _strings(X)
        if not len(X):
            return np.zeros((0, self.size), np.float32)
        seen = self._reader.transform(X) @ self.components_.T
        length = np.linalg.norm(seen, axis=1, keepdims=True)
        rows = np.zeros((len(X), self.size), np.float32)
        rows[:, : seen.shape[1]] = np.divide(seen, length, out=np.zeros_like(seen), where=length > NOISE)
        return rows

    def save(self, path: Path) -> None:
        """Plain arrays in one .npz, nothing that can run."""
        check_is_fitted(self)
        np.savez(
            path,
            vocabulary=np.array(self.vocabulary_, dtype=np.str_),
            idf=self.idf_,
            components=self.components_,
            shape=np.array([self.size, self.seed], np.int64),
        )

    @classmethod
    def load(cls, path: Path) -> TextEmbedding:
        """Inverse of `save`. Raises ValueError on a file that holds objects instead of arrays."""
        with np.load(path, allow_pickle=False) as stored:
            size, seed = (int(number) for number in stored["shape"])
            space = cls(size, seed)
            space.vocabulary_ = [str(word) for word in stored["vocabulary"]]
            space.idf_, space.components_ = stored["idf"], stored["components"]
        space._reader = _reader(space.vocabulary_)
        space._reader.idf_ = space.idf_
        return space

    def __sklearn_tags__(self) -> Any:
        return _text_tags(super().__sklearn_tags__())


def _leading(weights: sparse.csr_matrix, size: int, seed: int) -> F64:
    """[rank, words] orthonormal rows that span nearly the leading right singular vectors of texts [n, words].

    All of them where the texts' rank is below `size`. Each row is what one more of the random directions adds to those before it,
    so the rows do not turn among each other where singular values are equal.
    """
    basis = randomized_range_finder(weights.T, size=size, n_iter=ROUNDS, random_state=seed)
    rank = int(np.linalg.matrix_rank(weights @ basis, tol=NOISE))
    if rank < size:  # the rest of the columns are rounding errors, blown up to length 1
        basis = randomized_range_finder(weights.T, size=rank, n_iter=ROUNDS, random_state=seed)
    return np.ascontiguousarray(basis.T, np.float64)


def _terms(text: str) -> list[str]:
    """Stems and pairs of neighbors."""
    words = tokens(text)
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def _reader(vocabulary: list[str] | None) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=_terms, vocabulary=vocabulary, sublinear_tf=True, dtype=np.float64)


def _strings(X: Iterable[Any]) -> None:
    if isinstance(X, str) or not all(isinstance(text, str) for text in X):
        raise ValueError("a list of strings is needed")


def _text_tags(tags: Any) -> Any:
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    return tags

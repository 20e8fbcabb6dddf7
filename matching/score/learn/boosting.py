"""A classifier that is a sum of one table per column, learned by boosting and read by lookup."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from matching.world.arrays import F64

MOST_CELLS = 255  # what the boosting library keeps apart in one column


class AdditiveClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Two classes; boosted trees of one column each, compiled to tables that give the same decision to 1e-9.

    Columns with more than 255 values are cut at quantiles first.

    Parameters
    ----------
    rounds, rate, leaves, fewest, ridge : the boosting's iterations, learning rate, leaves of a tree, rows of a leaf, L2
    monotone : for each column +1 (more is never less likely), -1 or 0; None: no promise
    """

    def __init__(
        self,
        rounds: int = 60,
        rate: float = 0.1,
        leaves: int = 6,
        fewest: int = 100,
        ridge: float = 1.0,
        monotone: list[int] | None = None,
    ) -> None:
        self.rounds = rounds
        self.rate = rate
        self.leaves = leaves
        self.fewest = fewest
        self.ridge = ridge
        self.monotone = monotone

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Raises ValueError when y has not exactly two classes."""
        rows, classes = validate_data(self, X, y)
        check_classification_targets(classes)
        self.classes_, target = np.unique(classes, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The type of the target is {type_of_target(classes)}.")
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        self.edges_ = [edges(column) for column in rows.T]
        self.boosted_ = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.fewest,
            l2_regularization=self.ridge,
            interaction_cst="no_interactions",
            monotonic_cst=self.monotone,
            early_stopping=False,
            random_state=0,
        ).fit(self.codes(rows), target, sample_weight)
        self._compile()
        return self

    def _compile(self) -> None:
        """Ask the trees what each column's cells add, one column at a time, against the first cell."""
        columns = len(self.edges_)
        zero = np.zeros((1, columns))
        self.intercept_ = float(self.boosted_.decision_function(zero)[0])
        self.tables_: list[F64] = []
        for column, cuts in enumerate(self.edges_):
            grid = np.zeros((len(cuts) + 1, columns))
            grid[:, column] = np.arange(len(cuts) + 1)
            self.tables_.append(self.boosted_.decision_function(grid) - self.intercept_)

    def codes(self, rows: NDArray[Any]) -> F64:
        """[n, columns] the cell of every value."""
        return np.stack(
            [np.searchsorted(cuts, column, side="right") for cuts, column in zip(self.edges_, rows.T, strict=True)], axis=1
        ).astype(float)

    def decision_function(self, X: ArrayLike) -> F64:
        """Logits by table lookup."""
        check_is_fitted(self, "tables_")
        rows = validate_data(self, X, reset=False)
        total = np.full(len(rows), self.intercept_)
        for cuts, table, column in zip(self.edges_, self.tables_, rows.T, strict=True):
            total += table[np.searchsorted(cuts, column, side="right")]
        return total

    def predict_proba(self, X: ArrayLike) -> F64:
        p = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.stack((1 - p, p), axis=1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        likely = (self.decision_function(X) > 0).astype(int)
        chosen: NDArray[Any] = self.classes_[likely]
        return chosen

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def edges(column: F64) -> F64:
    """Where a column is cut into cells: between all its values, or at quantiles when there are more than 255."""
    values = np.unique(column)
    if len(values) > MOST_CELLS:
        values = np.unique(np.quantile(column, np.linspace(0, 1, MOST_CELLS)))
    middles: F64 = (values[:-1] + values[1:]) / 2
    return np.unique(middles)

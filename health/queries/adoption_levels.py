"""How much a client uses a feature, against the clients of its size: the rule of the levels.

What is compared is uses per licensed user, as on file. Peers are all active clients that use the
feature on the day: those whose licensed users are in the same band, or all of them where fewer
than ``LEAST`` others are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from health.queries.arguments import check_day, check_range
from health.queries.peers import LEAST
from health.queries.sizes import BANDS
from health.scoring.active_model import latest_day
from health.scoring.history import clients_as_of, features_as_of
from health.settings import Thresholds
from health.vocabulary import Word

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader

IDLE_DAYS: Final = Thresholds().feature_days
"""Days without use after which a feature is not used recently, where nothing else is set."""


class AdoptionLevel(Word):
    """How much a client uses a feature, from least to most."""

    NOT_LICENSED = "NOT_LICENSED", "Not licensed", "The client does not have it enabled."
    UNUSED = "UNUSED", "Unused", "Licensed, but not used."
    LIGHT = "LIGHT", "Light", "Used less than by three quarters of its peers, or not recently."
    ACTIVE = "ACTIVE", "Active", "Used about as much as by its peers."
    POWER = "POWER", "Power", "Used more than by three quarters of its peers."

    @property
    def is_used(self) -> bool:
        """Whether the feature counts as used, as in the score."""
        return self in USED_LEVELS


USED_LEVELS: Final = (AdoptionLevel.LIGHT, AdoptionLevel.ACTIVE, AdoptionLevel.POWER)


class Norm(NamedTuple):
    """What clients of one size use of one feature, as uses per licensed user.

    band: place of the size in ``BANDS``. low, high: a quarter of ``clients`` use it less than
    ``low``, a quarter more than ``high`` (as spreadsheets have it in QUARTILE.INC).
    """

    feature_name: str
    band: int
    low: float
    high: float
    clients: int


@dataclass(frozen=True, kw_only=True)
class LevelRule:
    """What decides the level of a feature that is used.

    as_of: the day; None where no usage is on file.
    idle_days: days without use after which it is light, however much it was used before.
    norms: by feature and size; a feature without one is active unless it is not used recently.
    """

    as_of: date | None
    idle_days: int
    norms: tuple[Norm, ...]

    @property
    def parameters(self) -> dict[str, object]:
        """The values that :meth:`cells_sql` binds."""
        columns = zip(*self.norms, strict=True) if self.norms else ((),) * len(Norm._fields)
        names = (f"norm_{name}" for name in Norm._fields[:-1])
        lists = {name: list(values) for name, values in zip(names, columns, strict=False)}
        return lists | {"as_of": self.as_of, "idle_days": self.idle_days}

    def cells_sql(self, reader: Reader, clients: str) -> str:
        """SQL of each feature of each client, with its level.

        clients: a relation of organization, total_users and what else is asked of the client.
        """
        return f"""
        SELECT *, CASE
                WHEN NOT is_enabled THEN '{AdoptionLevel.NOT_LICENSED}'
                WHEN NOT is_used THEN '{AdoptionLevel.UNUSED}'
                WHEN is_idle OR uses_per_user < low THEN '{AdoptionLevel.LIGHT}'
                WHEN uses_per_user > high THEN '{AdoptionLevel.POWER}'
                ELSE '{AdoptionLevel.ACTIVE}'
            END AS level
        FROM (
            SELECT * EXCLUDE (total_users, band), {_USES} AS uses_per_user,
                is_used AND coalesce(last_used_at <= $as_of::DATE - $idle_days::INTEGER, false)
                    AS is_idle
            FROM ({feature_cells(reader, self.as_of)})
            JOIN (SELECT organization, total_users, {_BAND} AS band FROM {clients})
                USING (organization)
            LEFT JOIN (
                SELECT unnest($norm_feature_name::VARCHAR[]) AS feature_name,
                    unnest($norm_band::INTEGER[]) AS band,
                    unnest($norm_low::DOUBLE[]) AS low, unnest($norm_high::DOUBLE[]) AS high
            ) USING (feature_name, band)
        )"""


def level_rule(reader: Reader, as_of: date | None = None, idle_days: int = IDLE_DAYS) -> LevelRule:
    """Return what decides the levels of a day; None for the latest day on file.

    Raises :class:`ArgumentError` where ``as_of`` is no day or ``idle_days`` is not 1 to 3,650.
    """
    if as_of is not None:
        check_day("as_of", as_of)
    check_range("idle_days", idle_days, 1, 3650)
    as_of = as_of or latest_day(reader)
    used = f"""
        SELECT feature_name, {_BAND} AS band, {_USES} AS uses
        FROM ({feature_cells(reader, as_of)}) JOIN {clients_as_of(reader, as_of)}
            USING (organization)
        WHERE is_active AND is_used AND {_USES} IS NOT NULL"""
    quartiles = """quantile_cont(uses, 0.25) AS low, quantile_cont(uses, 0.75) AS high,
            count(*) AS clients"""
    day = {"as_of": as_of}
    of_size = reader.query(
        f"SELECT feature_name, band, {quartiles} FROM ({used}) GROUP BY feature_name, band", day
    )
    norms = [Norm(*row) for row in of_size.iter_rows()]
    if any(norm.clients <= LEAST for norm in norms):
        of_all = reader.query(
            f"SELECT feature_name, 0, {quartiles} FROM ({used}) GROUP BY feature_name", day
        )
        every = {row[0]: Norm(*row) for row in of_all.iter_rows()}
        norms = [
            norm if norm.clients > LEAST else every[norm.feature_name]._replace(band=norm.band)
            for norm in norms
        ]
    return LevelRule(
        as_of=as_of,
        idle_days=idle_days,
        norms=tuple(sorted(norm for norm in norms if norm.clients > LEAST)),
    )


def feature_cells(reader: Reader, as_of: date | None) -> str:
    """SQL of each feature of each client; used counts only where enabled, and on ``$as_of``."""
    return f"""
        SELECT organization, feature_name, usage_count, first_used_at, last_used_at, is_enabled,
            is_enabled AND is_used AND coalesce(first_used_at <= $as_of, true) AS is_used
        FROM {features_as_of(reader, as_of)}"""


def in_words(idle_days: int = IDLE_DAYS) -> str:
    """Return the rule in words, as a page says it."""
    return (
        "A level compares uses per licensed user with all clients of the same size that use the "
        "feature: **light** is less than three quarters of them, or no use for "
        f"{idle_days} days; **power** is more than three quarters of them; **active** is between. "
        f"Where fewer than {LEAST} others of that size use it, with clients of all sizes; where "
        "the number of uses or of licensed users is not on file, or too few use it, **active**. "
        "**Unused** is licensed and not used. Sizes: "
        f"{'; '.join(band.phrase.removesuffix(' licensed users') for band in BANDS)} licensed "
        "users."
    )


_USES: Final = "usage_count / nullif(total_users, 0)"

_BAND: Final = (
    "CASE "
    + " ".join(
        f"WHEN total_users >= {band.first} THEN {place}"
        for place, band in reversed(list(enumerate(BANDS)))
    )
    + " END"
)

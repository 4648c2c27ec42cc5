"""Which client is scored with which model of a scheme, day by day, as SQL.

A rule looks at the values in force on the day scored, so a client may be in one segment on a day
and in another on the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.scoring.history import client_steps_sql, feature_steps_sql
from health.scoring.schemes import FOR_EVER, in_force, schemes
from health.scoring.segments import LISTS, RANGES
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.scoring.segments import Rule
    from health.storage.database import Reader, Writer

EVERYBODY: Final = "(SELECT organization FROM clients)"


def place_spans_sql(reader: Reader, scheme: Scheme, organizations: str = EVERYBODY) -> str:
    """SQL of organization, first_day, last_day and place: the number of the model in the scheme.

    Every day of every client is in one row. organizations: a relation of organization.
    """
    number = {model: place for place, model in enumerate(scheme.models)}
    places = [number[segment.model] for segment in scheme.segments]
    rules = [segment.rule for segment in scheme.segments]
    return _places_sql(reader, rules, [*places, number[scheme.model]], organizations)


def _places_sql(
    reader: Reader, rules: Sequence[Rule], places: Sequence[int], organizations: str
) -> str:
    """SQL of the same, where the last place is that of the clients that fit no rule."""
    whens = " ".join(
        f"WHEN {_fits(rule)} THEN {place}" for rule, place in zip(rules, places, strict=False)
    )
    place = f"CASE {whens} ELSE {places[-1]} END" if whens else f"{places[-1]}"
    fields = sorted({name for rule in rules for name in rule.fields})
    features = sorted({rule.feature for rule in rules if rule.feature is not None})
    if not _has_history(reader, fields, features):
        return f"""(
            SELECT organization, DATE '{ALWAYS}' AS first_day, DATE '{FOR_EVER}' AS last_day,
                {place} AS place
            FROM (FROM clients SEMI JOIN {organizations} USING (organization))
            {"".join(_enabled_now(feature) for feature in features)}
        )"""
    return f"""(
        SELECT organization, first_day, coalesce(
                lead(first_day) OVER (PARTITION BY organization ORDER BY first_day) - 1,
                DATE '{FOR_EVER}') AS last_day, place
        FROM (
            SELECT organization, day AS first_day, {place} AS place
            FROM {_values_sql(fields, features, organizations)}
            QUALIFY place IS DISTINCT FROM
                lag(place) OVER (PARTITION BY organization ORDER BY day)
        )
    )"""


def by_model(writer: Writer, scheme: Scheme, spans: str) -> Iterator[tuple[ScoringModel, str]]:
    """Yield each model with the spans it scores, as a relation like ``spans``.

    spans: a relation of (organization, first_day, last_day); those of a client do not overlap.
    Models that score none of them are left out. A relation lives until the next is asked for.
    """
    if not scheme.segments:
        yield scheme.model, spans
        return
    places = place_spans_sql(writer, scheme, f"(SELECT organization FROM {spans})")
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE placed_spans AS
        SELECT organization, greatest(span.first_day, places.first_day) AS first_day,
            least(span.last_day, places.last_day) AS last_day, place
        FROM {spans} AS span JOIN {places} AS places USING (organization)
        WHERE span.first_day <= places.last_day AND span.last_day >= places.first_day"""
    )
    # As records: a frame brings polars along, which takes a second.
    used = writer.records("SELECT DISTINCT place FROM placed_spans ORDER BY place")
    for place in (row["place"] for row in used):
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE spans_of_model AS
            SELECT organization, first_day, last_day FROM placed_spans WHERE place = {place:d}"""
        )
        yield scheme.models[place], "spans_of_model"


def models_of(
    reader: Reader, organizations: Collection[int], day: date | None
) -> dict[int, ScoringModel]:
    """Return the model that scores each of some clients on a day; None is after every other."""
    day = day or FOR_EVER
    return models_by(reader, in_force(schemes(reader), day), organizations, day)


def models_by(
    reader: Reader, scheme: Scheme, organizations: Collection[int], day: date
) -> dict[int, ScoringModel]:
    """Return the model that a scheme gives each of some clients on a day."""
    if not scheme.segments:
        return dict.fromkeys(organizations, scheme.model)
    asked = f"(SELECT unnest({list(organizations)}::INTEGER[]) AS organization)"
    found = reader.records(
        f"""SELECT organization, place FROM {place_spans_sql(reader, scheme, asked)}
        WHERE $day BETWEEN first_day AND last_day""",
        {"day": day},
    )
    return {row["organization"]: scheme.models[row["place"]] for row in found}


def clients_by_rule(reader: Reader, rules: Sequence[Rule], day: date | None) -> list[int]:
    """Return how many present clients each rule catches on a day, and last, how many none does.

    A client that an earlier rule caught is not counted again. day: None for the newest values.
    """
    places = range(len(rules) + 1)
    found = reader.query(
        f"""SELECT place, count(*) AS clients
        FROM {_places_sql(reader, rules, places, EVERYBODY)} JOIN clients USING (organization)
        WHERE is_active AND $day BETWEEN first_day AND last_day GROUP BY place""",
        {"day": day or FOR_EVER},
    )
    amounts = dict(found.iter_rows())
    return [amounts.get(place, 0) for place in places]


def model_of(reader: Reader, organization: int, day: date | None) -> ScoringModel:
    """Return the model that scores a client on a day; None is a day after every other one."""
    return models_of(reader, [organization], day)[organization]


def watched_fields(found: Collection[Scheme]) -> set[str]:
    """The columns of a client that some rule looks at."""
    return {name for scheme in found for segment in scheme.segments for name in segment.rule.fields}


def _fits(rule: Rule) -> str:
    """SQL of whether a client fits a rule; false where a value is not known."""
    parts = [
        f"{name} IN ({', '.join(_text(word) for word in words)})"
        for name in LISTS
        if (words := getattr(rule, name))
    ]
    for name in RANGES:
        parts += [
            f"{name} {sign} {bound:d}"
            for end, sign in (("from", ">="), ("below", "<"))
            if (bound := getattr(rule, f"{name}_{end}")) is not None
        ]
    if rule.feature is not None:
        parts.append(_enabled(rule.feature))
    return f"coalesce({' AND '.join(parts)}, false)"


def _text(word: str) -> str:
    quoted = word.replace("'", "''")
    return f"'{quoted}'"


def _enabled(feature: str) -> str:
    return f"has_{feature.lower()}"


def _enabled_now(feature: str) -> str:
    return f"""LEFT JOIN (SELECT organization, is_enabled AS {_enabled(feature)} FROM adoption
        WHERE feature_name = '{feature}') AS of_{feature.lower()} USING (organization)"""


def _has_history(reader: Reader, fields: Collection[str], features: Collection[str]) -> bool:
    return bool(
        reader.value(
            """SELECT 1 FROM record_history
            WHERE (feature_name IS NULL AND field IN (SELECT unnest($fields::VARCHAR[])))
                OR (feature_name IN (SELECT unnest($features::VARCHAR[])) AND field = 'is_enabled')
            LIMIT 1""",
            {"fields": list(fields), "features": [str(feature) for feature in features]},
        )
    )


def _values_sql(fields: Collection[str], features: Collection[str], organizations: str) -> str:
    """SQL of organization, day, and all that rules look at, from that day on."""
    names = [*fields, *(_enabled(feature) for feature in features)]
    sources = [f"SELECT organization, DATE '{ALWAYS}' AS day, NULL AS nothing FROM {organizations}"]
    if fields:
        # A value may be empty from a day on: in a struct, it is not taken for none.
        said = ", ".join(f"{{'value': {name}}} AS {name}" for name in fields)
        sources.append(
            f"SELECT organization, day, {said} FROM {client_steps_sql(organizations, fields)}"
        )
    for feature in features:
        records = f"""(SELECT organization, feature_name FROM adoption
            SEMI JOIN {organizations} USING (organization) WHERE feature_name = '{feature}')"""
        sources.append(
            f"""SELECT organization, day, {{'value': is_enabled}} AS {_enabled(feature)}
            FROM {feature_steps_sql(records)}"""
        )
    together = ", ".join(f"any_value({name}) AS {name}" for name in names)
    held = ", ".join(
        f"(last_value({name} IGNORE NULLS) OVER past).value AS {name}" for name in names
    )
    return f"""(
        SELECT organization, day, {held}
        FROM (
            SELECT organization, day, {together}
            FROM ({" UNION ALL BY NAME ".join(sources)})
            GROUP BY organization, day
        )
        WINDOW past AS (PARTITION BY organization ORDER BY day)
    )"""

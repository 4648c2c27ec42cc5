"""The cases of a back-test: what was known of a client on the day it is judged."""

from __future__ import annotations

from datetime import timedelta

import outcomes_by_chance
import polars as pl

from health.backtest import cases, past_scores
from health.scoring.model import STANDARD
from health.scoring.schemes import Scheme
from health.storage.database import Database
from health.vocabulary import ALWAYS

FIRST = outcomes_by_chance.FIRST


def test_the_renewal_is_the_one_known_on_the_day_scored(database: Database) -> None:
    """Client 1 renews 100 days after the first day judged; from the second on, 200 days."""
    outcomes_by_chance.fill(database, clients=3, outcomes=0, shift=0)
    days = [FIRST + timedelta(300), FIRST + timedelta(310)]
    scored = [day - timedelta(90) for day in days]
    with database.write() as writer:
        writer.register("ends", pl.DataFrame({"organization": [2, 3], "date": days}))
        outcomes_by_chance.put_outcomes(writer, "ends")
        for since, renewal in ((ALWAYS, 100), (scored[1], 200)):
            writer.execute(
                f"""INSERT INTO record_history (organization, field, valid_from, value)
                SELECT 1, 'renewal_date', DATE '{since}', '{scored[0] + timedelta(renewal)}'"""
            )
        writer.execute(
            f"UPDATE clients SET renewal_date = DATE '{scored[0]}' WHERE organization = 2"
        )
    with database.read() as reader:
        writer = reader.scratch()
        cases.find_outcomes(writer, None, None)
        scheme = Scheme.of(STANDARD)
        past = past_scores.compute(writer, scheme, back=180, progress=lambda _: None)
        found = cases.find_cases(writer, past, 90)
    of = {client: rows for (client,), rows in found.sort("day").group_by("client")}
    assert of[1]["score_date"].to_list() == scored
    assert of[1]["days_to_renewal"].to_list() == [100, 190]
    assert of[2].select("days_to_renewal", "is_bad").rows() == [(0, True)]

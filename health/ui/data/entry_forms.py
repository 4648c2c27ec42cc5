"""One value, one feature or one outcome of a client, recorded by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting, imports
from health.errors import HealthError
from health.output import markdown
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption
from health.queries.recorded import UsageValueQuery, recorded_value
from health.ui.parts import outcome_form
from health.ui.parts.client_box import choose_client, names_of_clients
from health.ui.session import answers, viewer, widget_state
from health.vocabulary import MAXIMUM_VALUE, FeatureName, MetricType, Unit

if TYPE_CHECKING:
    from datetime import date

    from health.imports import ImportOutcome
    from health.queries.client_features import FeatureUse
    from health.ui.session.answers import Answers

_SAID: Final = "entry_said"
_OUTCOME: Final = "data_outcome"

_METRICS: Final = {metric.label: metric for metric in MetricType}
_FEATURES: Final = {feature.label: feature for feature in FeatureName}


def entry_forms(ask: Answers, latest: date | None) -> None:
    """Offer the forms side by side, and say what the last one did."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said, icon=":material/check_circle:")
    left, right = st.columns(2)
    usage = widget_state.expander("**Record one usage value**", "record", left)
    feature = widget_state.expander("**Change a feature of a client**", "change", right)
    with usage:
        if usage.open:
            _usage(ask, names_of_clients(ask), latest)
    with feature:
        if feature.open:
            _feature(ask, names_of_clients(ask))
    outcome = widget_state.expander("**Record what became of a client**", "outcome", left)
    with outcome:
        if outcome.open:
            _outcome(names_of_clients(ask))


def _usage(ask: Answers, names: dict[str, str], latest: date | None) -> None:
    today = answers.today()
    client = choose_client("Client", names, widget_state.kept("usage_client"))
    metric = _METRICS[st.selectbox("Metric", list(_METRICS), key=widget_state.kept("usage_metric"))]
    left, right = st.columns(2)
    day = left.date_input(
        "Day",
        max_value=today + timedelta(days=1),
        format="YYYY-MM-DD",
        key=widget_state.kept("usage_day", latest or today),
    )
    value = right.number_input(
        "Value",
        min_value=0,
        max_value=MAXIMUM_VALUE,
        value=None,
        step=1,
        key=widget_state.kept("usage_value"),
    )
    if client is not None and day is not None:
        query = UsageValueQuery(organization_id=client, metric_type=metric, date=day)
        before = ask(recorded_value, query)
        st.caption(markdown.escape(before.sentence if before else "Nothing is on file for it yet."))
    if not st.button("Record the value", type="primary", key="usage_record"):
        return
    if client is None or value is None or day is None:
        st.warning("Choose a client, a day and a value.")
        return
    try:
        outcome = imports.record_usage(
            answers.database(), client, metric, int(value), day, by=viewer.name(), today=today
        )
    except HealthError as error:
        st.error(markdown.escape(error.message), icon=":material/block:")
        return
    widget_state.forget("usage_value")
    unit = " %" if metric.unit is Unit.PERCENT else ""
    _finish(
        f"{metric.label} of {names.get(client, client)} on {formatting.day(day)}: "
        f"{formatting.number(value)}{unit}",
        outcome,
    )


def _feature(ask: Answers, names: dict[str, str]) -> None:
    client = choose_client("Client", names, widget_state.kept("feature_client"))
    feature = _FEATURES[
        st.selectbox("Feature", list(_FEATURES), key=widget_state.kept("feature_name"))
    ]
    if client is None:
        st.caption("Choose a client to see what it has now.")
        return
    try:
        summary = ask(feature_adoption, FeatureAdoptionQuery(organization_id=client))
    except HealthError as error:
        st.error(markdown.escape(error.message), icon=":material/block:")
        return
    now = next((use for use in summary.features if use.feature_name == feature), None)
    which = f"{client}_{feature}"
    st.caption(_state(now))
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    on = widget_state.kept(f"on_{which}", now is not None and now.is_enabled)
    enabled = left.toggle("Enabled", key=on)
    used = middle.toggle(
        "Used", key=widget_state.kept(f"used_{which}", now is not None and now.is_used)
    )
    count = right.number_input(
        "Times used",
        min_value=0,
        max_value=MAXIMUM_VALUE,
        value=None,
        step=1,
        key=widget_state.kept(f"count_{which}", None if now is None else now.usage_count),
    )
    today = answers.today()
    since = st.date_input(
        "Since",
        max_value=today,
        format="YYYY-MM-DD",
        key=widget_state.kept(f"since_{which}", today),
    )
    st.caption(
        "Nothing was on file before, so it also holds for the days before this one."
        if now is None
        else "It is so from this day on. The scores of earlier days stay as they are."
    )
    if not st.button("Change the feature", type="primary", key="feature_change"):
        return
    if since is None:
        st.warning("Choose the day since when it is so.")
        return
    try:
        outcome = imports.update_feature_adoption(
            answers.database(),
            client,
            feature,
            enabled,
            used,
            None if count is None else int(count),
            by=viewer.name(),
            valid_from=since,
            today=today,
        )
    except HealthError as error:
        st.error(markdown.escape(error.message), icon=":material/block:")
        return
    for part in ("on", "used", "count", "since"):
        widget_state.forget(f"{part}_{which}")
    condition = ("enabled" if enabled else "not enabled") + (", used" if used else ", not used")
    _finish(
        f"{feature.label} of {names.get(client, client)} since {formatting.day(since)}: "
        f"{condition}",
        outcome,
    )


def _state(now: FeatureUse | None) -> str:
    """What is on file of the feature."""
    if now is None:
        return "Nothing is on file for it yet."
    parts = ["enabled" if now.is_enabled else "not enabled", "used" if now.is_used else "not used"]
    if now.usage_count is not None:
        parts.append(f"used {formatting.count(now.usage_count, 'time')}")
    if now.last_used_at is not None:
        parts.append(f"last on {formatting.day(now.last_used_at)}")
    return f"On file: {', '.join(parts)}."


def _outcome(names: dict[str, str]) -> None:
    client = choose_client("Client", names, widget_state.kept("outcome_client"))
    outcome_form.questions(_OUTCOME)
    st.caption("A client that left stays active until its status is changed on its page.")
    if not st.button("Record the outcome", type="primary", key="outcome_record"):
        return
    if client is None:
        st.warning("Choose a client.")
        return
    stated = outcome_form.stated(_OUTCOME)
    try:
        outcome = stated.store(client, by=viewer.name())
    except HealthError as error:
        st.error(markdown.escape(error.message), icon=":material/block:")
        return
    outcome_form.forget(_OUTCOME)
    _finish(f"{names.get(client, client)}: {stated.said}", outcome)


def _finish(what: str, outcome: ImportOutcome) -> None:
    """Keep a sentence for the next run of the page, which shows the new data."""
    if outcome.rows_unchanged:
        st.session_state[_SAID] = markdown.escape(f"{what}. That was on file already.")
    else:
        waiting = f" Out of date now: {formatting.count(outcome.scores_days, 'score')}."
        warnings = "".join(f" Warning: {one.sentence}" for one in outcome.warnings)
        st.session_state[_SAID] = markdown.escape(
            f"Recorded. {what}.{waiting if outcome.scores_days else ''}{warnings}"
        )
    st.rerun()

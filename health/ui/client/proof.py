"""The proof of the score of the day looked at, on the Client page: every step, with its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health.explanation.proof import prove
from health.output import markdown
from health.output import proof as words
from health.queries.proof import ProofQuery, evidence
from health.ui.client.layout import Section, section
from health.ui.parts.download import download, file_name
from health.ui.parts.page import page_fragment
from health.ui.parts.small_table import small_table
from health.ui.session import widget_state

if TYPE_CHECKING:
    from health.explanation.proof import Half, Proof
    from health.queries.client import Client
    from health.storage.database import Reader
    from health.ui.parts.page import View


@page_fragment
def proof(view: View, client: Client) -> None:
    """Offer the proof of the stored score, folded: it is computed once it is opened."""
    section(Section.PROOF)
    with widget_state.expander("How this score comes out, step by step", "proof") as steps:
        if steps.open:
            asked = ProofQuery(organization_id=client.organization_id, day=view.as_of)
            _steps(view, view.ask(_proved, asked))


def _proved(reader: Reader, query: ProofQuery) -> Proof:
    return prove(evidence(reader, query))


def _steps(view: View, proof: Proof) -> None:
    client, recomputed = proof.evidence.client, proof.recomputed
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{markdown.escape(words.verdict(proof))}**")
        download(
            "values of the score",
            lambda _: words.rows(proof),
            ask=view.ask,
            day=client.as_of,
            of=client.organization_id,
        )
        st.download_button(
            "All steps as JSON",
            data=words.as_json(proof),
            file_name=f"{file_name('proof', client.organization_id, client.as_of)}"
            f"-v{view.ask.version}.json",
            mime="application/json",
            key="download-proof",
            type="tertiary",
            on_click="ignore",
        )
    for sentence in words.about(proof):
        st.markdown(markdown.escape(sentence))
    if proof.changes.height:
        small_table(words.changes(proof), right=("Then", "Now"))
    for half in (recomputed.now, recomputed.earlier):
        _half(proof, half)
    if recomputed.trend_rule:
        st.markdown("**Trend, risk and what is known**")
        for sentence in (
            recomputed.trend_rule,
            recomputed.risk_rule,
            words.coverage(recomputed.now),
        ):
            st.markdown(markdown.escape(sentence))
    st.markdown("**Stored and computed**")
    small_table(words.compared(proof), right=("Stored", "Computed"))


def _half(proof: Proof, half: Half) -> None:
    st.markdown(f"**{markdown.escape(words.headline(proof, half))}**")
    small_table(words.values(proof, half), right=("Number",))
    small_table(words.standing(proof, half))
    small_table(words.parts(proof, half), right=("Points", "Weight", "Points × weight"))
    st.markdown(markdown.escape(words.mean(half)))

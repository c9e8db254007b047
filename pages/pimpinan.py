"""Pimpinan: where incidents were, how many, how fast, how often a step was in time, and what would help."""

from services import analysis
from ui import parts, review_filter, review_list, review_sections, session
from ui.i18n import timezone


def main() -> None:
    parts.notice()
    session.require_actor()
    chosen = review_filter.choose()
    if chosen is None:
        return
    section = review_sections.choose()
    if section.needs_cases and not analysis.counts(parts.here(), chosen.measured(timezone())).n:
        review_sections.nothing(chosen)
    else:
        section.show(chosen)
    review_list.cases(chosen)


main()

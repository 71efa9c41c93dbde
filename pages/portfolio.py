"""The portfolio: for officers, chiefs and auditors. What is owed, late and coming, and the rows behind every figure."""

from tracker.services.portfolio_rows import portfolio_rows
from tracker.services.viewer import Role
from tracker.ui import office_clock, portfolio
from tracker.ui.components import found, heading
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF, Role.AUDITOR)
heading(screen, "Portfolio")
with found(screen):
    offered = portfolio.choices(screen)
    filters = portfolio.filter_bar(screen, offered)
    seen = portfolio.read(screen, filters)
view = portfolio.chosen_view(screen)
portfolio.filters_in_words(screen, filters, offered)
portfolio.figures(screen, seen.figures, view)
if view is not None:
    with found(screen):
        rows = portfolio_rows(screen.ctx, filters, view, portfolio.page_number())
    portfolio.row_list(screen, rows, view, filters)
portfolio.charts(screen, seen)
office_clock.of_programmes(screen)

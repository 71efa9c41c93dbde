"""The board of one call: who has answered and who has not. Address: ?call=."""

from tracker.services.data_call_board import call_board
from tracker.services.viewer import Role
from tracker.ui import call_board as view
from tracker.ui.components import found
from tracker.ui.guard import enter

screen = enter(Role.OFFICER, Role.CHIEF, Role.AUDITOR)
call_id = screen.id_param("call")
with found(screen):
    board = call_board(screen.ctx, call_id)
view.head(screen, board)
view.figures(screen, board.call)
view.actions(screen, board)
chosen = view.filters(screen, board.every)
with found(screen):
    board = call_board(screen.ctx, call_id, chosen)
view.rows(screen, board)

"""Error pages: what happened, the way on, and last the code to read out. Never a bare 500."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from services.errors import Conflict, InvalidInput, NotFound, ServiceError, StatusNotAllowed
from services.photos import PhotoRefused
from web.language import gettext as _
from web.security import find_viewer, wants_json

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says: what happened, and what to do."""

    status: int
    title: str
    advice: str


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(PhotoRefused, _photo_refused)
    app.register_error_handler(Exception, _unexpected)


def trouble_for(status: int) -> Trouble:
    words = {
        400: (_("这次没看懂"), _("请求里少了或写错了东西。回上一页改一改再试。")),
        401: (_("要先登录"), _("登录后再来。")),
        403: (_("这件事您的账号做不了"), _("需要的话，请管理员给您开通。")),
        404: (_("没有这一页"), _("可能地址抄错了，也可能它在别的小区，您看不到。")),
        405: (_("这个地址不能这样打开"), _("从首页或收件箱重新进来。")),
        409: (_("别人刚改过"), _("回到那一页看看现在的样子，再决定。")),
        413: (_("东西太大，没收下"), _("照片一张一张发，或者拍小一点再发。文字不受影响。")),
        429: (_("试得太快了"), _("过几分钟再试。急事请打电话。")),
        503: (_("正在准备"), _("过一会儿再来。")),
    }
    title, advice = words.get(status, (_("这边出了点问题"), _("您说过的话都还在。过一会儿再试；急事请打电话。")))
    return Trouble(status, title, advice)


def show(trouble: Trouble, *, code: str = "") -> ResponseReturnValue:
    """The page (or JSON) of a trouble. ``code`` is what somebody can read out to the administrator."""
    if wants_json():
        return jsonify(error=trouble.title, advice=trouble.advice, code=code or None), trouble.status
    is_desk = request.path.startswith("/desk")
    viewer = None
    if is_desk and trouble.status < 500:
        viewer = find_viewer()
    page = render_template("errors/error.html", trouble=trouble, code=code, is_desk=is_desk, viewer=viewer)
    return page, trouble.status


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _unexpected(error.original_exception)
    answer = show(trouble_for(error.code))
    if isinstance(answer, tuple) and error.code == 405:
        allow = {"Allow": ", ".join(getattr(error, "valid_methods", None) or ())}
        return (*answer, allow)
    return answer


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return show(Trouble(400, _("这一页放太久了"), _("回上一页，重新打开，再按一次。写的字先复制一下。")))


def _service_error(error: ServiceError) -> ResponseReturnValue:
    if isinstance(error, NotFound):
        if error.facts.get("what") == "complaint":
            number = str((request.view_args or {}).get("number", ""))
            title = _("没有 %(number)s 这一件", number=number) if number else _("没有这一件")
            return show(Trouble(404, title, _("可能编号抄错了，也可能它在别的小区，您看不到。")))
        return show(trouble_for(404))
    if isinstance(error, StatusNotAllowed):
        return show(Trouble(409, _("这件事现在走不了这一步"), _("它的状态已经变了。回到那一页看看现在的样子。")))
    if isinstance(error, Conflict):
        return show(trouble_for(409))
    if isinstance(error, InvalidInput):
        return show(Trouble(400, _("有一处没填对"), _("回上一页，把没填的补上再按一次。")))
    return show(Trouble(400, _("这一步没做成"), _("回上一页再试。")))


def _photo_refused(error: PhotoRefused) -> ResponseReturnValue:
    advice = {
        "too_big": _("照片太大，请拍小一点再发。"),
        "too_many_pixels": _("照片太大，请拍小一点再发。"),
    }.get(error.reason, _("这个文件不是照片，请换一张。"))
    return show(Trouble(400, _("照片没收下"), advice))


def _unexpected(error: BaseException) -> ResponseReturnValue:
    code = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}".upper()
    log.error("request_failed", code=code, endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    try:
        return show(trouble_for(500), code=code)
    except Exception as second:
        log.error("error_page_failed", code=code, error=type(second).__name__, exc_info=second)
        return Response(f"这边出了点问题，过一会儿再试。{code}", 500, mimetype="text/plain")

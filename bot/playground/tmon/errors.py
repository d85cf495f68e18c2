"""Error responses."""


class ApiError(Exception):
    """An error response: HTTP `status` and the text of `error`."""

    def __init__(self, status: int, error: str, **more: str) -> None:
        super().__init__(error)
        self.status = status
        self.document = {"error": error, **more}

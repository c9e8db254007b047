"""Reading the body of a request, as much of it as is wanted. How long one may be, `api.gate` looks after."""

from fastapi import Request


async def read_start(request: Request, most: int) -> bytes:
    """Return the body, or at least its first `most` bytes; what comes after is not read."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size >= most:
            break
    return b"".join(parts)

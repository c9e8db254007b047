"""Reading the body of a request, up to a size."""

from fastapi import HTTPException, Request


async def read_body(request: Request, most: int, *, cut: bool = False) -> bytes:
    """Return the body; longer than `most` bytes it is refused, or with `cut` not read any further."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > most and not cut:
            raise HTTPException(413)
        if size > most:
            break
    return b"".join(parts)

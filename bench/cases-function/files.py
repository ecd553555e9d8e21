"""Function of bench:cases: what a sandbox that intercepts system calls is worst at."""


def handler(event):
    """`{"files": N}` → `{"bytes": B}`: opens and reads this file N times."""
    size = 0
    for _ in range(event["files"]):
        with open(__file__, "rb") as source:
            size += len(source.read())
    return {"bytes": size}

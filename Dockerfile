# The action's image: Python, six pure wheels held by their hashes, and our code, all of
# it compiled. A release pins the base by digest (`python:3.13-slim@sha256:…`): a tag
# moves, and pinning the action by its commit should pin what it runs on too.
#
# Nothing in it was made for one architecture but what the base brings: each one is built
# from the same wheels and the same sources (.github/workflows/release.yml). What changes
# seldom comes first, so that a new version of ours is one small layer.

FROM python:3.13-slim AS wheels
COPY requirements.txt /build/
# `--platform any`: the pure wheels, so that each architecture runs the same bytes.
RUN python -m pip install --no-cache-dir --root-user-action=ignore \
        --require-hashes --no-deps --no-compile --target=/app/lib \
        --only-binary=:all: --platform=any --implementation=py --abi=none \
        --requirement=/build/requirements.txt \
    && rm -rf /app/lib/bin /app/lib/*/tests
# Unchecked: nothing here ever changes under its bytecode, and not asking is faster.
RUN ["python", "-I", "-B", "-m", "compileall", "-q", "-j0", "-f", \
     "--invalidation-mode=unchecked-hash", "/app"]

# The stand-in comes along: 0.2 MB, for which `docker run … demo` shows what a run is.
FROM python:3.13-slim AS program
COPY LICENSE entrypoint.py post.py /app/
COPY dlt_action /app/dlt_action
RUN ["python", "-I", "-B", "-m", "compileall", "-q", "-j0", "-f", \
     "--invalidation-mode=unchecked-hash", "/app"]

FROM python:3.13-slim
# Without pip and its like: nothing is installed later, and what is not there cannot be
# misused. The base comes without any bytecode, and a container's own is thrown away
# with it: compiling here costs a build some 5 s and saves each step of a job about
# 0.4 s, which pays where the image is built once, for a release or a mirror.
RUN python -c 'import shutil, site; [shutil.rmtree(folder, ignore_errors=True) for folder in site.getsitepackages()]' \
    && stdlib="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf "${stdlib}/ensurepip" "${stdlib}/idlelib" "${stdlib}/turtledemo" \
              /usr/local/bin/pip* /usr/local/bin/idle* /usr/bin/pip* \
    && python -I -B -m compileall -q -j0 -f --invalidation-mode=unchecked-hash "${stdlib}"
COPY --from=wheels /app /app
COPY --from=program /app /app

# A resolver that does not answer holds a thread for 10 s, deaf to signals; so for 2 s,
# for each name server and each name that is tried.
ENV RES_OPTIONS="timeout:1 attempts:2"

LABEL org.opencontainers.image.title="dlt-action" \
      org.opencontainers.image.source="https://github.com/OWNER/dlt-action" \
      org.opencontainers.image.description="Run a Databricks pipeline from CI and trust the answer." \
      org.opencontainers.image.licenses="Apache-2.0"

# Absent on purpose:
# USER         the runner's files for outputs and summary are not writable for others, and
#              GitHub asks for root ("Dockerfile support for GitHub Actions": USER).
# WORKDIR      the runner sets its own, /github/workspace.
# HEALTHCHECK  a step runs once, to its end; nobody would ask.

# Exec form and an absolute path: Python is PID 1 and gets the signals, and no shell drops
# the inputs that have a hyphen in their name. -I: neither the workspace, nor PYTHON*, nor
# a user's site can put a module before ours. `env` takes away the two variables that
# CPython obeys even so, before it looks for its standard library, and becomes Python.
ENTRYPOINT ["/usr/bin/env", "-u", "PYTHONEXECUTABLE", "-u", "__PYVENV_LAUNCHER__", "/usr/local/bin/python", "-I", "-u", "-B", "-X", "utf8", "/app/entrypoint.py"]

# The bot with what running needs, without root. Settings come from the environment: docs/operations.md.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /venv
# with what web and worker processes need, too: one image for every role
COPY requirements-scale.txt ./
RUN /venv/bin/pip install --require-hashes -r requirements-scale.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY tmon ./tmon
RUN /venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home tmon \
    && install -d -o tmon -m 0700 /app/data
COPY --from=build /venv /venv
WORKDIR /app
# The SQLite file, where DATABASE_URL is not set
VOLUME /app/data
USER 10001
# 503 raises: unhealthy
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ.get(\"HTTP_PORT\") or 8080}/healthz', timeout=8)"]
ENTRYPOINT ["tmon-bot"]
CMD ["run"]

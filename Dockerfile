# One image for every process of the service; docker-compose.yml states which command each container runs.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock requirements-screens.lock ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
# reads screenshots; without this line everything else works
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-screens.lock
COPY pyproject.toml README.md ./
COPY migrations migrations
COPY ml ml
COPY service service
# installed as from its wheel, which has SQL, catalogue and model inside; pip compiles it now, since the user below cannot
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 dunwatch \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin dunwatch \
    && install -d -o dunwatch -g dunwatch -m 0700 /data
COPY --from=build /app/.venv /app/.venv
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DUNWATCH_DATA_DIR=/data \
    DUNWATCH_HOST=0.0.0.0 \
    DUNWATCH_PRINT_FONT=/usr/share/fonts/truetype/wqy/wqy-microhei.ttc \
    DUNWATCH_LOG_FORMAT=json
USER dunwatch
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["dunwatch", "serve"]

# wsgate serving the application that the command names; without one, the demo.
#   docker build -t wsgate . && docker run --rm -p 8000:8000 wsgate
# For an application of your own: FROM wsgate, COPY it to /app, CMD ["module:attribute"].

FROM python:3.13-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE ./
COPY wsgate wsgate
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
ENV PATH=/opt/wsgate/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WSGATE_HOST=0.0.0.0 \
    WSGATE_PORT=8000
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m venv /opt/wsgate \
    && pip install --no-cache-dir --no-index --find-links=/wheels wsgate \
    && wsgate --version | grep --fixed-strings '(compiled)' \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin wsgate
WORKDIR /app
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Any answer will do: it shows that the event loop turns and the application is called.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import http.client, os; client = http.client.HTTPConnection('127.0.0.1', int(os.environ['WSGATE_PORT']), timeout=4); client.request('HEAD', '/'); client.getresponse()"]
ENTRYPOINT ["wsgate"]
CMD ["wsgate.demo.app:app"]

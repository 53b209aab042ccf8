# The service as an image: exactly the locked packages, an unprivileged user, the data in a volume.
#
#   docker build --tag entente .
#   docker run --publish 8000:8000 --volume entente:/data entente
#
# Both stages stand on the same base, so that the interpreter the environment was made for is there when it runs.
# A builder behind a package mirror or its own certificate authority hands them over as secrets (see tests/container/run.py), which stay out of every layer:
#   --secret id=pip.conf,src=... --secret id=ca-certificates.crt,src=...
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The tools that build stay behind in this stage; the environment that leaves it holds no pip and no compiler.
COPY requirements-setup.lock requirements-compiler.lock requirements.lock ./
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca-certificates.crt,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/entente \
    && /opt/build/bin/pip install --require-hashes --requirement requirements-setup.lock --requirement requirements-compiler.lock \
    && /opt/build/bin/pip --python /opt/entente/bin/python install --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY graph ./graph
COPY migrations ./migrations
RUN /opt/build/bin/hatchling build --target wheel --directory /opt/wheel \
    && /opt/build/bin/pip --python /opt/entente/bin/python install --no-index --no-deps /opt/wheel/*.whl \
    && /opt/build/bin/python /opt/entente/lib/python3*/site-packages/graph/snapshot/native/build.py

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="Entente" \
      org.opencontainers.image.description="A REST service over a knowledge graph of political actors and their typed, dated, sourced relations" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A number, so that an orchestrator can see that it is not root.
RUN install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /opt/entente /opt/entente
ENV PATH=/opt/entente/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENTENTE_DATABASE_URL=sqlite:////data/entente.db \
    ENTENTE_HOST=0.0.0.0 \
    ENTENTE_PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# No shell and no curl: the interpreter asks the port that the service was told to listen on.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/opt/entente/bin/python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['ENTENTE_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["/opt/entente/bin/entente"]
CMD ["serve"]

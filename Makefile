# Keel's commands. Everything else is in README.md and CONTRIBUTING.md.
#
#   make demo [PORT=8000] [KEEL_HOME=var] [EMPTY=1]
#   make test [ARGS='tests/contacts -k nps']
#   make check
#   make bench [ONLY=name]
#   make soak [ONLY=name]
#   make clean

PYTHON ?= python3
PORT ?= 8000
EMPTY ?=
ONLY ?=
ARGS ?=
export PORT EMPTY ONLY KEEL_HOME

PREPARE = $(PYTHON) launcher/prepare.py

.PHONY: demo test check bench soak clean

demo:
	@$(PREPARE) demo

test:
	@$(PREPARE) test $(ARGS)

check:
	@$(PREPARE) check

bench:
	@$(PREPARE) bench

soak:
	@$(PREPARE) soak

clean:
	@$(PREPARE) clean

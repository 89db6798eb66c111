"""Trains the built-in Chinese encoder: python -m knowledge_base.encoder_training DATA

Nothing here is needed to serve; `docs/training-the-encoder.md` tells how it is used, `models/chinese-encoder/README.md`
what came of it.
"""

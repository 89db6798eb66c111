"""The peer: a plain question-answering bot, built by Rasa's own documentation with nothing of ours but the articles."""

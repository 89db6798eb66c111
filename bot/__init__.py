"""What runs inside the dialogue server (Rasa 3.6.21, its own interpreter). Imports nothing of ours."""

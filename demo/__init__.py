"""A fictional electronics shop to try Huilu with: articles, staff, a home page."""

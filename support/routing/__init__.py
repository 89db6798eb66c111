"""Who is offered which case: presence, capacity, skills, languages and fairness."""

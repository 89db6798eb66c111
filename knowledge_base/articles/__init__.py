"""The articles of the knowledge base: tables, queries, operations, rules, import and export."""

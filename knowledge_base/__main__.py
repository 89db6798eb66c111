"""The knowledge base from the shell: import, export, search, evaluate, duplicates."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from knowledge_base.articles.exporting import export_text
from knowledge_base.articles.importing import FileUnreadable, ImportRefused, import_file
from knowledge_base.decision import Manner
from knowledge_base.duplicates import find_duplicates
from knowledge_base.encoder_setting import EncoderSetting, EncoderUnusable
from knowledge_base.encoders import load_encoder
from knowledge_base.evaluate import WORST, Evaluation, evaluate, read_questions
from knowledge_base.picture import draw
from knowledge_base.report import percent, report
from knowledge_base.search import SearchResult
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.settings import settings
from texts.language import LANGUAGES, detect


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 for a refused file or encoder, 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    database = _database()
    try:
        code = int(options.run(database, options))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever reads (`| head`) has enough. Python flushes once more at its end, which must find an open file.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (FileUnreadable, EncoderUnusable) as reason:
        print(reason, file=sys.stderr)
    except ImportRefused as refusal:
        for problem in refusal.problems:
            print(f"line {problem.line}: {problem.reason}", file=sys.stderr)
        lines = len({problem.line for problem in refusal.problems})
        print(f"{lines} line(s) refused; nothing was taken.", file=sys.stderr)
    finally:
        database.close()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m knowledge_base", description="The knowledge base from the shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("import", help="take articles from JSON lines (.jsonl, .jsonl.gz) and publish them")
    command.add_argument("file", type=Path, metavar="FILE")
    command.set_defaults(run=_import)

    command = commands.add_parser("export", help="write all published articles as JSON lines ('-': standard output)")
    command.add_argument("file", metavar="FILE")
    command.set_defaults(run=_export)

    command = commands.add_parser("search", help="ask what a customer would ask")
    command.add_argument("text", metavar="TEXT")
    command.add_argument("--language", choices=LANGUAGES, help="language of the answer; recognised if not given")
    command.add_argument("--json", action="store_true", help="the whole result as one JSON object")
    command.set_defaults(run=_search)

    command = commands.add_parser("evaluate", help="ask a file of questions and report the figures")
    command.add_argument("file", type=Path, metavar="QUESTIONS")
    command.add_argument("--json", action="store_true", help="the figures as one JSON object")
    command.add_argument(
        "--picture", type=Path, metavar="FILE.svg", help="draw how right the answers are against how many are covered"
    )
    command.add_argument(
        "--worst", type=_count, default=WORST, metavar="N", help=f"name so many of the worst mistakes ({WORST})"
    )
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("duplicates", help="articles with phrasings that say nearly the same")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.set_defaults(run=_duplicates)
    return parser


def _count(text: str) -> int:
    """A whole number, zero or more. Raises ValueError, which the command line explains."""
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _database() -> Database:
    from storage.migrate import upgrade

    values = settings()
    database = Database(values.database_url)
    upgrade(database)
    return database


def _knowledge_base(database: Database) -> KnowledgeBase:
    values = settings()
    manner = Manner(values.careful, values.helpful)
    return KnowledgeBase(database, load_encoder(EncoderSetting.of(values)), values.home / "vectors", manner)


def _import(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        report = import_file(session, options.file)
    print(f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged")
    if report.ignored_fields:
        print(f"Fields not known and left out: {', '.join(report.ignored_fields)}", file=sys.stderr)
    return 0


def _export(database: Database, options: argparse.Namespace) -> int:
    with database.reading() as session:
        text = export_text(session)
    if options.file == "-":
        sys.stdout.buffer.write(text.encode())
        return 0
    try:
        Path(options.file).write_bytes(text.encode())
    except OSError as error:
        raise FileUnreadable(f"{options.file} cannot be written: {error.strerror}.") from None
    print(f"{text.count(chr(10))} articles written to {options.file}")
    return 0


def _search(database: Database, options: argparse.Namespace) -> int:
    result = _knowledge_base(database).search(options.text, options.language or detect(options.text))
    if options.json:
        print(json.dumps(result.as_trail() | {"answer": result.answer}, ensure_ascii=False))
    else:
        _print_result(result)
    return 0


def _print_result(result: SearchResult) -> None:
    print(f"{result.decision}   ({result.language}, {result.milliseconds:.1f} ms)")
    for candidate in result.candidates[:5]:
        print(f"{percent(candidate.probability):>7}  {candidate.article_id}  {candidate.title}")
        meaning, words = percent(candidate.dense), percent(candidate.lexical)
        print(f"         by “{candidate.variant}” (meaning {meaning}, words {words})")
    if result.answer:
        print(f"\n{result.answer}")


def _evaluate(database: Database, options: argparse.Namespace) -> int:
    questions = read_questions(options.file)
    result = evaluate(_knowledge_base(database), questions)
    if result.unknown:
        print(f"{len(result.unknown)} expected articles are not in the knowledge base.", file=sys.stderr)
    found = result.as_json(options.worst)
    print(json.dumps(found, ensure_ascii=False) if options.json else report(found))
    if options.picture:
        _write_picture(result, options.file.name, options.picture)
    return 0


def _write_picture(result: Evaluation, name: str, path: Path) -> None:
    drawn = draw(result.languages, f"Precision against coverage: {name}")
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be written: {error.strerror}.") from None


def _duplicates(database: Database, options: argparse.Namespace) -> int:
    for duplicate in find_duplicates(_knowledge_base(database).snapshot):
        if options.json:
            print(json.dumps(asdict(duplicate), ensure_ascii=False))
        else:
            print(f"{percent(duplicate.similarity):>7}  {duplicate.first} / {duplicate.second}")
            print(f"         “{duplicate.first_text}” / “{duplicate.second_text}”")
    return 0


if __name__ == "__main__":
    sys.exit(main())

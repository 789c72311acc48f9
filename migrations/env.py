"""Runs migrations on the configured database, or on the connection handed in by the caller."""

from alembic import context

from models import Base, open_database
from settings import load_settings


def plain_type(kind, item, _context):
    """Migrations name plain column types, so that they do not depend on the code of the day."""
    return "sa.DateTime(timezone=True)" if kind == "type" and type(item).__name__ == "UtcDateTime" else False


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = open_database(load_settings())
    with database.engine.connect() as connection:
        run(connection)
        connection.commit()
    database.close()

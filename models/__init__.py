"""What is stored: entities, states and the session."""

from models.base import Base
from models.complaint import Complaint, ComplaintHistory, ComplaintMessage, Correction
from models.conversation import Attachment, Author, Conversation, Inbox, Message
from models.delivery import CallTask, Notice, NoticeBuilding, Outbox, OutboxKind
from models.learning import LexiconEdit, ModelTraining, ModelUse, ModelVersion
from models.place import Building, BuildingAlias, Community, County, Household, NumberSeries, Place, PlaceKind, Unit
from models.plan import FundingLine, Plan, WorkItem, WorkItemBuilding, WorkItemHistory
from models.resident import ContactPoint, Resident
from models.session import Database, Session, append_rows, open_database
from models.staff import Alert, AlertCall, Event, OnCall, StaffUser
from models.workflow import (
    Channel,
    ComplaintState,
    InboxState,
    NoticeState,
    OutboxState,
    Role,
    SafetyState,
    Source,
    WorkItemState,
)

__all__ = [
    "Alert",
    "AlertCall",
    "Attachment",
    "Author",
    "Base",
    "Building",
    "BuildingAlias",
    "CallTask",
    "Channel",
    "Community",
    "Complaint",
    "ComplaintHistory",
    "ComplaintMessage",
    "ComplaintState",
    "ContactPoint",
    "Conversation",
    "Correction",
    "County",
    "Database",
    "Event",
    "FundingLine",
    "Household",
    "Inbox",
    "InboxState",
    "LexiconEdit",
    "Message",
    "ModelTraining",
    "ModelUse",
    "ModelVersion",
    "Notice",
    "NoticeBuilding",
    "NoticeState",
    "NumberSeries",
    "OnCall",
    "Outbox",
    "OutboxKind",
    "OutboxState",
    "Place",
    "PlaceKind",
    "Plan",
    "Resident",
    "Role",
    "SafetyState",
    "Session",
    "Source",
    "StaffUser",
    "Unit",
    "WorkItem",
    "WorkItemBuilding",
    "WorkItemHistory",
    "WorkItemState",
    "append_rows",
    "open_database",
]

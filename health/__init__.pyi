"""The public names and where each lives; ``health/__init__.py`` reads them from here."""

from health.accounts.decisions import bring_back, dismiss, put_off
from health.errors import (
    ArgumentError,
    Cancelled,
    DatabaseBusy,
    DatabaseInUse,
    DatabaseUnusable,
    HealthError,
    ImportRefused,
    InvalidModel,
    NothingToScore,
    UndoRefused,
    UnknownOrganization,
    UnreadableFile,
)
from health.files import ParsedFile, RejectReason, read_file, rejects_to_csv
from health.imports import (
    FilesRefused,
    ImportOutcome,
    plan,
    record_usage,
    store,
    undo,
    update_feature_adoption,
)
from health.maintenance.check import Check, Result
from health.output.exports import Export, Format
from health.queries.adoption import (
    FeatureAdoptionQuery,
    FeatureAdoptionSummary,
    FeatureUse,
    feature_adoption,
)
from health.queries.alerts.attention import (
    AlertQuery,
    Attention,
    ScoreChangesQuery,
    alert_of,
    attention,
    score_changes,
)
from health.queries.alerts.rules import Alert, AlertRule
from health.queries.imports import Import, ImportsPage, ImportsQuery, list_imports
from health.queries.not_scored import NotScoredPage, NotScoredQuery, not_scored
from health.queries.scores import (
    HealthScorePage,
    HealthScoreQuery,
    HealthScoreSummary,
    SortBy,
    SortDirection,
    health_scores,
)
from health.queries.usage import (
    UsageMetricQuery,
    UsageMetricWithTrend,
    UsageTrend,
    usage_metrics,
    usage_rows,
)
from health.scoring.active_model import active_model, latest_day
from health.scoring.components import Component
from health.scoring.model import (
    BUILT_IN,
    HEALTH_WEIGHTS,
    STANDARD,
    TARGETS,
    TREND_THRESHOLDS,
    ScoringModel,
)
from health.scoring.runs import ScoringRun, score, use_model
from health.scoring.staleness import OutOfDate, out_of_date
from health.settings import Settings, Thresholds
from health.storage.database import Database, Reader, open_database
from health.vocabulary import (
    AlertLevel,
    FeatureName,
    FileKind,
    HealthTrend,
    MetricType,
    NotScoredReason,
    RiskLevel,
)

__all__ = [
    "BUILT_IN",
    "HEALTH_WEIGHTS",
    "STANDARD",
    "TARGETS",
    "TREND_THRESHOLDS",
    "Alert",
    "AlertLevel",
    "AlertQuery",
    "AlertRule",
    "ArgumentError",
    "Attention",
    "Cancelled",
    "Check",
    "Component",
    "Database",
    "DatabaseBusy",
    "DatabaseInUse",
    "DatabaseUnusable",
    "Export",
    "FeatureAdoptionQuery",
    "FeatureAdoptionSummary",
    "FeatureName",
    "FeatureUse",
    "FileKind",
    "FilesRefused",
    "Format",
    "HealthError",
    "HealthScorePage",
    "HealthScoreQuery",
    "HealthScoreSummary",
    "HealthTrend",
    "Import",
    "ImportOutcome",
    "ImportRefused",
    "ImportsPage",
    "ImportsQuery",
    "InvalidModel",
    "MetricType",
    "NotScoredPage",
    "NotScoredQuery",
    "NotScoredReason",
    "NothingToScore",
    "OutOfDate",
    "ParsedFile",
    "Reader",
    "RejectReason",
    "Result",
    "RiskLevel",
    "ScoreChangesQuery",
    "ScoringModel",
    "ScoringRun",
    "Settings",
    "SortBy",
    "SortDirection",
    "Thresholds",
    "UndoRefused",
    "UnknownOrganization",
    "UnreadableFile",
    "UsageMetricQuery",
    "UsageMetricWithTrend",
    "UsageTrend",
    "active_model",
    "alert_of",
    "attention",
    "bring_back",
    "dismiss",
    "feature_adoption",
    "health_scores",
    "latest_day",
    "list_imports",
    "not_scored",
    "open_database",
    "out_of_date",
    "plan",
    "put_off",
    "read_file",
    "record_usage",
    "rejects_to_csv",
    "score",
    "score_changes",
    "store",
    "undo",
    "update_feature_adoption",
    "usage_metrics",
    "usage_rows",
    "use_model",
]

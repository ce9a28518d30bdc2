namespace Softly.Evaluation;

/// <summary>There are no thoughts to audit: the model does not come to their end, or has none.</summary>
/// <param name="message">Which, with the remedy.</param>
public sealed class NothingToAuditException(string message) : Exception(message);

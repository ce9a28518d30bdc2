namespace Softly.Tasks;

/// <summary>
/// Rewards cannot be had: a recipe names what is not there, or one hangs in call after call. The message has the remedy.
/// </summary>
public sealed class RewardException(string message) : Exception(message);

/// <summary>A verifier could not judge, whatever the answer: a failure of the reward and no verdict on the completion.</summary>
public sealed class VerifierFailedException(string message) : Exception(message);

namespace Softly.Tasks;

/// <summary>
/// Says how good a completion is. A reward keeps no state, so that a run goes on after a stop as if there had been none, and it
/// is asked from several threads at once. What may be set of it in a recipe are its properties that can be set:
/// <c>Target</c> is <c>target=…</c> there.
/// </summary>
public interface IReward
{
    /// <summary>Its name in recipes and metrics: letters, digits, <c>_</c>, <c>-</c> and <c>.</c></summary>
    string Name { get; }

    /// <summary>Whether it goes by a grader's verdict, so that learning it is learning the task; false by default.</summary>
    bool GoesByVerdict => false;

    /// <summary>
    /// What is wrong with how it is set, in a clause with the remedy, looked at before a run begins; null (the default) for
    /// nothing.
    /// </summary>
    string? Problem => null;

    /// <summary>The reward of one completion.</summary>
    /// <returns>
    /// Any finite number; NaN for no verdict, which leaves this reward out of the completion's sum. What is thrown, and what is
    /// infinite, counts as a failure of the reward and gives no verdict either.
    /// </returns>
    double Score(RewardContext context);
}

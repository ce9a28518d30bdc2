namespace Softly.Training;

/// <summary>How the learning rate changes over a run.</summary>
public enum Schedule
{
    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls along a straight line to 0.</summary>
    Linear,

    /// <summary>Falls along half a cosine to 0.</summary>
    Cosine,
}

/// <summary>Warm-up along a straight line from 0, then the schedule, as in Hugging Face's schedulers.</summary>
/// <param name="Peak">The rate after warm-up.</param>
/// <param name="WarmupSteps">Updates until then; the first update of a warmed-up run has rate 0.</param>
/// <param name="TotalSteps">Updates of the run.</param>
/// <param name="Schedule">What follows warm-up.</param>
public sealed record LearningRate(double Peak, int WarmupSteps, int TotalSteps, Schedule Schedule)
{
    /// <summary>The rate of an update, counted from 0.</summary>
    public double At(int update)
    {
        if (update < WarmupSteps) return Peak * update / Math.Max(1, WarmupSteps);
        var share = Math.Clamp((update - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps), 0, 1);
        return Peak * Schedule switch
        {
            Schedule.Linear => 1 - share,
            Schedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * share)),
            _ => 1,
        };
    }
}

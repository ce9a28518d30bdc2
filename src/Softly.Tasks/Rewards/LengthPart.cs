namespace Softly.Tasks;

/// <summary>Which tokens a reward of lengths counts.</summary>
public enum LengthPart
{
    /// <summary>All of the completion.</summary>
    Whole,

    /// <summary>Those before the mark that ends thinking, and the mark.</summary>
    Thought,

    /// <summary>Those behind it.</summary>
    Reply,
}

/// <summary>Lengths by part.</summary>
internal static class LengthParts
{
    public static int Of(this LengthPart part, RewardContext context) => part switch
    {
        LengthPart.Thought => context.ThoughtLength,
        LengthPart.Reply => context.ReplyLength,
        _ => context.Length,
    };
}

namespace Softly.Hub;

/// <summary>What the hub or the wish for something from it has wrong: one sentence with the remedy.</summary>
public sealed class HubException : Exception
{
    /// <summary>A sentence for the user.</summary>
    public HubException(string message)
        : base(message)
    {
    }
}

/// <summary>The hub cannot be reached, or breaks off again and again: nothing is wrong with what was asked for.</summary>
public sealed class HubUnreachable : IOException
{
    /// <summary>A sentence for the user, and what happened.</summary>
    public HubUnreachable(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

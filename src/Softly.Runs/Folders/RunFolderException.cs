namespace Softly.Runs;

/// <summary>A folder that cannot serve as the run asked for; the message names the folder, the reason and the remedy.</summary>
public sealed class RunFolderException : Exception
{
    /// <summary>With the whole message.</summary>
    public RunFolderException(string message) : base(message) { }

    /// <summary>With the whole message and what lies behind it.</summary>
    public RunFolderException(string message, Exception inner) : base(message, inner) { }
}

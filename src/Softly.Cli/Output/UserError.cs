namespace Softly.Cli;

/// <summary>Something the user can mend: printed as it is, without a stack trace. Exit code 2.</summary>
internal sealed class UserError(string message) : Exception(message);

/// <summary>What the process ends with; documented in the README.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Something unforeseen: a fault of ours, shown with its trace.</summary>
    public const int Fault = 1;

    /// <summary>A comparison with right answers found wrong ones; said in the help of the commands that compare.</summary>
    public const int Different = 1;

    /// <summary>Wrong input: a file, a recipe, an option.</summary>
    public const int WrongInput = 2;

    /// <summary>The machine said no: disk full, out of memory, native library missing.</summary>
    public const int Machine = 3;

    /// <summary>Stopped by Ctrl-C after saving; resumable.</summary>
    public const int Stopped = 130;
}

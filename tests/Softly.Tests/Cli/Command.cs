using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Softly.Tests.Cli;

/// <summary>The command as a user runs it: a process of its own.</summary>
internal static class Command
{
    /// <summary>Runs to the end.</summary>
    public static (int Code, string Out, string Error) Run(string folder, params string[] words) =>
        Run(folder, TimeSpan.FromMinutes(5), words);

    /// <summary>Runs to the end, or fails the test after some time.</summary>
    public static (int Code, string Out, string Error) Run(string folder, TimeSpan most, params string[] words) =>
        Run(folder, NoVariables, most, words);

    /// <summary>Runs to the end with variables of the environment set, or unset where null.</summary>
    public static (int Code, string Out, string Error) Run(
        string folder, Dictionary<string, string?> variables, params string[] words) =>
        Run(folder, variables, TimeSpan.FromMinutes(5), words);

    private static Dictionary<string, string?> NoVariables => [];

    private static (int Code, string Out, string Error) Run(
        string folder, Dictionary<string, string?> variables, TimeSpan most, string[] words)
    {
        using var process = Start(folder, variables, words);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(most), $"softly did not end within {most}");
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Starts it; the caller reads, interrupts and waits.</summary>
    public static Process Start(string folder, params string[] words) => Start(folder, NoVariables, words);

    /// <summary>Starts it with variables of the environment set, or unset where null.</summary>
    public static Process Start(string folder, Dictionary<string, string?> variables, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Softly.Cli.dll"), .. words])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Ctrl-C.</summary>
    public static void Interrupt(Process process) => Assert.Equal(0, kill(process.Id, 2));

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);
}

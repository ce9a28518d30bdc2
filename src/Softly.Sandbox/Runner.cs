using System.Globalization;
using System.Text;

namespace Softly.Sandbox;

/// <summary>One of our own Python sources: the side of the judged program, or the side of its tests.</summary>
/// <param name="Name">Its name among the resources.</param>
public sealed record Runner(string Name)
{
    /// <summary>Runs the program that is judged.</summary>
    public static Runner Candidate { get; } = new("candidate");

    /// <summary>Runs the tests, which see of the program what it answers.</summary>
    public static Runner Tests { get; } = new("tests");

    private static readonly string Channel = Resource("channel");
    private readonly string _source = Resource(Name);

    /// <summary>The whole source.</summary>
    /// <param name="mark">What a message on stdout begins with, in ASCII; empty where stdout carries nothing else.</param>
    /// <param name="limits">Resources that the interpreter limits itself, before it runs anything; as setrlimit names them.</param>
    internal string Source(string mark, params IEnumerable<(string Resource, long Most)> limits)
    {
        var pairs = string.Concat(limits.Select(l => string.Create(CultureInfo.InvariantCulture, $"(\"{l.Resource}\", {l.Most}), ")));
        return $"MARK = b\"{mark}\"\nLIMITS = ({pairs})\n{Channel}\n{_source}";
    }

    private static string Resource(string name)
    {
        using var stream = typeof(Runner).Assembly.GetManifestResourceStream("runners/" + name)
            ?? throw new InvalidOperationException($"the resource runners/{name} is not in the assembly");
        return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    }
}

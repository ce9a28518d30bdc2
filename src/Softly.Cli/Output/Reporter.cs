using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Softly.Cli;

/// <summary>
/// How a command speaks: a line that renews itself on a terminal, plain lines in a pipe, one JSON object a line with --json.
/// </summary>
internal sealed class Reporter(bool json, bool quiet = false)
{
    /// <summary>Says nothing: for runs that somebody else speaks for.</summary>
    public static Reporter Quiet { get; } = new(json: false, quiet: true);

    private readonly bool _live = !json && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
    private readonly Lock _lock = new();
    private bool _open;
    private DateTime _lastPlain;

    public bool Json => json;

    /// <summary>A line that stays.</summary>
    public void Say(string text)
    {
        if (quiet) return;
        lock (_lock)
        {
            if (json) Console.WriteLine(JsonSerializer.Serialize(new { message = text }));
            else
            {
                Clear();
                Console.WriteLine(text);
            }
        }
    }

    /// <summary>Where a long piece of work stands: renewed in place on a terminal, at most every ten seconds elsewhere.</summary>
    public void Progress(string text, bool important = false)
    {
        lock (_lock)
        {
            if (json || quiet) return;
            if (_live)
            {
                Clear();
                var width = Math.Max(20, Console.WindowWidth - 1);
                Console.Write(text.Length > width ? text[..width] : text);
                _open = true;
            }
            else if (important || DateTime.UtcNow - _lastPlain > TimeSpan.FromSeconds(10))
            {
                _lastPlain = DateTime.UtcNow;
                Console.WriteLine(text);
            }
        }
    }

    /// <summary>A record for programs: a line of JSON, or nothing.</summary>
    public void Record(object value)
    {
        if (!json) return;
        lock (_lock) Console.WriteLine(JsonSerializer.Serialize(value, Options));
    }

    /// <summary>A document that is JSON already, on one line.</summary>
    public void Document(string json)
    {
        using var document = JsonDocument.Parse(json);
        lock (_lock) Console.WriteLine(JsonSerializer.Serialize(document.RootElement));
    }

    /// <summary>Columns of the terminal; 120 in a pipe.</summary>
    public static int Width => Console.IsOutputRedirected ? 120 : Math.Max(60, Console.WindowWidth - 1);

    private static readonly JsonSerializerOptions Options =
        new() { Converters = { new NumberOrNull() } };

    /// <summary>JSON has no NaN and no infinity: what is none is null.</summary>
    private sealed class NumberOrNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }

    private void Clear()
    {
        if (!_open) return;
        Console.Write("\r\u001b[2K");
        _open = false;
    }
}

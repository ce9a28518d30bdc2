using System.Globalization;
using Softly.Runs;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli.Evaluating;

/// <summary>
/// The date that a chat template prints: the one on which the evaluation began, however often it is gone on with, so that all
/// its prompts are the same on every day.
/// </summary>
internal static class EvaluationDate
{
    /// <summary>Its key among the settings.</summary>
    public const string Key = "date";

    private const string Form = "yyyy-MM-dd'T'HH:mm:ss";

    /// <summary>The date of an evaluation; null where its prompts do not depend on one.</summary>
    /// <param name="folder">Where it may have begun before.</param>
    /// <param name="tokenizer">Has the template.</param>
    /// <param name="problems">What is asked.</param>
    /// <param name="now">Says when it begins.</param>
    /// <exception cref="InvalidDataException">What is in the folder is no description of an evaluation.</exception>
    public static string? Of(string folder, Tokenizer tokenizer, IEnumerable<Problem> problems, TimeProvider now)
    {
        if (problems.FirstOrDefault(p => p.Messages is not null)?.Messages is not { } turns || !IsRead(tokenizer, turns))
            return null;
        return EvaluationFile.Read(folder)?.Settings.FirstOrDefault(s => s.Key == Key).Value
            ?? now.GetLocalNow().ToString(Form, CultureInfo.InvariantCulture);
    }

    /// <summary>A clock that stands at a date; null for null.</summary>
    /// <exception cref="InvalidDataException">It is no date.</exception>
    public static TimeProvider? Clock(string? date) => date is null ? null
        : DateTime.TryParseExact(date, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? new Standing(at)
        : throw new InvalidDataException($"{Key} {date}: expected a date such as 2026-01-31T12:00:00");

    /// <summary>Whether the template looks at the clock.</summary>
    private static bool IsRead(Tokenizer tokenizer, IReadOnlyList<Message> turns)
    {
        var clock = new Standing(DateTime.UnixEpoch);
        tokenizer.EncodeChat(turns, clock: clock);
        return clock.WasRead;
    }

    private sealed class Standing(DateTime at) : TimeProvider
    {
        public bool WasRead { get; private set; }

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow()
        {
            WasRead = true;
            return new(DateTime.SpecifyKind(at, DateTimeKind.Unspecified), TimeSpan.Zero);
        }
    }
}

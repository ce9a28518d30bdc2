using System.Diagnostics;
using System.Globalization;
using System.Text;
using Softly.Tokenization;

namespace Softly.Tests.Fuzz;

/// <summary>
/// Feeds many damaged inputs to a reader. Each is read or refused with <see cref="InvalidDataException"/> (a template with
/// <see cref="ChatTemplateException"/>), before a deadline, and without allocating out of proportion to its length.
/// </summary>
internal static class Fuzzing
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What may be allocated in using what was read: a template may write a long text, within its own limits.
    /// </summary>
    private const long UseAllowance = 256 << 20;

    /// <summary>How many times the usual number of inputs: SOFTLY_FUZZ.</summary>
    private static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("SOFTLY_FUZZ"), CultureInfo.InvariantCulture, out var f) ? f : 1;

    /// <param name="samples">Sound inputs; each is tried as it is first and must be read.</param>
    /// <param name="count">Damaged ones.</param>
    /// <param name="read">Reads one; what it gives back, if anything, is done with what was read.</param>
    /// <param name="isText">Whether samples are JSON, or a header of JSON behind its length.</param>
    /// <param name="allowance">Bytes that may be allocated whatever the input's length.</param>
    /// <param name="perByte">Bytes that may be allocated for every byte of the input.</param>
    public static void Run(
        IReadOnlyList<byte[]> samples, int count, Func<byte[], Action?> read, bool isText, long allowance, int perByte)
    {
        for (var twice = 0; twice < 2; twice++) // what is made once in a process is not the input's fault
            foreach (var sample in samples) read(sample)?.Invoke();
        var mutations = new Mutations(20_251, samples);
        var (at, begun, refused) = (0, Stopwatch.GetTimestamp(), 0);
        Exception? failure = null;
        string? wrong = null;
        // A stack as threads of a pool have it: nesting that would overflow it ends the process, which nobody overlooks.
        var worker = new Thread(() =>
        {
            for (; at < count * Factor; at++)
            {
                var input = mutations.Make(at, isText);
                Volatile.Write(ref begun, Stopwatch.GetTimestamp());
                var before = GC.GetAllocatedBytesForCurrentThread();
                long allocated = 0, used = 0;
                try
                {
                    var use = read(input);
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    use?.Invoke();
                    used = GC.GetAllocatedBytesForCurrentThread() - before - allocated;
                }
                catch (Exception e) when (e is InvalidDataException or ChatTemplateException)
                {
                    refused++;
                    if (allocated == 0) allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                }
                catch (Exception e)
                {
                    (failure, wrong) = (e, $"{e.GetType().Name}: {e.Message}");
                    return;
                }
                if (allocated <= allowance + (long)perByte * input.Length && used <= UseAllowance) continue;
                wrong = $"{allocated:N0} bytes were allocated for {input.Length:N0}, and {used:N0} in using it";
                return;
            }
        }, 1 << 20) { IsBackground = true };
        worker.Start();
        while (!worker.Join(200))
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref begun)) > Deadline)
            {
                wrong = $"no answer within {Deadline.TotalSeconds} s";
                break;
            }
        Assert.True(wrong is null, $"input {at}: {wrong}\n{Shown(mutations.Make(at, isText))}\n{failure}");
        Assert.InRange(refused, count * Factor / 10, count * Factor - 1); // some are refused, and some damage does no harm
    }

    private static string Shown(byte[] input) => Encoding.Latin1.GetString(input.AsSpan(0, Math.Min(input.Length, 4000)));
}

using System.Diagnostics;
using System.Globalization;

namespace Softly.Runs;

/// <summary>
/// The file <c>run.lock</c>: one line with process, machine and time. Whoever finds the line of a process that is gone
/// takes the lock over; a living one, or one on another machine, is respected.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Its name in the run folder.</summary>
    public const string FileName = "run.lock";

    private readonly string _path;
    private readonly string _mine;

    private RunLock(string path, string mine)
    {
        _path = path;
        _mine = mine;
    }

    private static int s_taken;

    /// <summary>
    /// Takes the lock of a folder that exists; throws <see cref="RunFolderException"/> where another process holds it.
    /// </summary>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var mine = new Owner(
            Environment.ProcessId, Environment.MachineName, DateTimeOffset.UtcNow, Interlocked.Increment(ref s_taken)).ToString();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // Opened for this process alone, so that reading and rewriting the line is one act.
                using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
                {
                    var held = new StreamReader(file, leaveOpen: true).ReadToEnd();
                    // Held by ourselves where an earlier attempt wrote the line and was then disturbed while it looked again.
                    if (held != mine && Owner.Parse(held) is { } owner && owner.IsAlive()) throw Refusal(folder, path, owner);
                    file.SetLength(0);
                    file.Write(System.Text.Encoding.UTF8.GetBytes(mine));
                }
                // The former owner may have deleted the file between our opening and our writing.
                if (File.Exists(path) && File.ReadAllText(path) == mine) return new RunLock(path, mine);
            }
            catch (IOException) when (attempt < 40)
            {
                // Another process is reading or writing the line at this moment.
            }
            Thread.Sleep(25);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        if (File.Exists(_path) && File.ReadAllText(_path) == _mine) File.Delete(_path);
    }

    private static RunFolderException Refusal(string folder, string path, Owner owner)
    {
        var where = owner.Machine == Environment.MachineName ? "" : $" on {owner.Machine}";
        var remedy = owner.Machine == Environment.MachineName
            ? "Wait for it, stop it, or choose another folder."
            : $"If that process is gone, delete {path}; else choose another folder.";
        return new RunFolderException(
            $"{folder} is being written by process {owner.Process}{where} since {owner.Since:yyyy-MM-dd HH:mm:ss} UTC. {remedy}");
    }

    // The number tells apart what one process takes in one instant.
    private sealed record Owner(int Process, string Machine, DateTimeOffset Since, int Number)
    {
        public override string ToString() => $"{Process} {Machine} {Since.UtcDateTime:O} {Number}\n";

        public static Owner? Parse(string text)
        {
            var parts = text.Trim().Split(' ');
            return parts.Length is 3 or 4 && int.TryParse(parts[0], out var process)
                && DateTimeOffset.TryParse(parts[2], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
                    ? new Owner(process, parts[1], since, 0)
                    : null; // a line that was never finished: its writer died
        }

        public bool IsAlive()
        {
            if (Machine != Environment.MachineName) return true; // cannot be asked: leave it to the user
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(Process);
                if (OperatingSystem.IsLinux() && IsZombie(Process)) return false;
                // Numbers are used again: a process younger than the lock cannot have taken it.
                return process.StartTime.ToUniversalTime() <= Since.UtcDateTime.AddMinutes(1);
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return false;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return true; // it is there, but belongs to somebody else
            }
        }

        private static bool IsZombie(int process)
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process}/stat");
                return stat[stat.LastIndexOf(')')..].StartsWith(") Z", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}

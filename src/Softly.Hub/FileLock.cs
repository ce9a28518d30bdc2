namespace Softly.Hub;

/// <summary>
/// A lock between processes: the lock of an open file, which the system frees when its holder ends, however it ends. The same
/// kind (flock) that Python's filelock takes. The file stays, as there.
/// </summary>
internal static class FileLock
{
    /// <summary>Waits until nobody else has it; disposing gives it back.</summary>
    public static async Task<IDisposable> Take(string path, Action? waiting, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e))
            {
                if (tries == 0) waiting?.Invoke();
            }
            await Task.Delay(100, cancel);
        }
    }

    /// <summary>Sharing violation: of Windows, and of .NET's flock (EWOULDBLOCK of Linux, of macOS).</summary>
    private static bool IsHeld(IOException e) =>
        e.GetType() == typeof(IOException) && (e.HResult & 0xFFFF) is 32 or 33 or 11 or 35;
}

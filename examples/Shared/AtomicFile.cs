namespace MAFlow.Examples;

/// <summary>Writes a file under a temporary name and renames it: whoever looks sees the old file or the whole new one.</summary>
public static class AtomicFile
{
    public static void Write(string path, Action<string> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

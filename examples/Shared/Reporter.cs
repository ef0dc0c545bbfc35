namespace MAFlow.Examples;

/// <summary>Passes progress on at once, on the calling thread.</summary>
public sealed class Reporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Fitting;

/// <summary>Hears whoever asks a fit to stop: the token of the options at any time, ML.NET's host five times a second.</summary>
internal sealed class StopRequests : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);
    private readonly IHost _host;
    private readonly Timer _watching;

    public StopRequests(IHost host, CancellationToken token)
    {
        (_host, Source) = (host, CancellationTokenSource.CreateLinkedTokenSource(token));
        _watching = new Timer(_ => CancelIfAsked(), null, _interval, _interval);
    }

    public CancellationTokenSource Source { get; }

    public void Dispose()
    {
        _watching.Dispose();
        Source.Dispose();
    }

    private void CancelIfAsked()
    {
        try
        {
            if (MlNetInternals.IsCanceled(_host))
            {
                Source.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // The fit has ended.
        }
    }
}

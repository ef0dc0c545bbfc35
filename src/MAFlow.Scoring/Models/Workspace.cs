namespace MAFlow.Scoring.Models;

/// <summary>Room for one block of rows on their way through a model.</summary>
/// <param name="rows">The rows.</param>
/// <param name="flow">Room in the flow.</param>
internal sealed class Workspace(RowBlock rows, FlowWorkspace flow)
{
    private double[] _points = [];

    public RowBlock Rows { get; } = rows;

    public FlowWorkspace Flow { get; } = flow;

    /// <summary>Keeps the points as they are now.</summary>
    /// <param name="place">Under which number.</param>
    public void Keep(int place)
    {
        var size = Rows.Points.Length;
        if (_points.Length < (place + 1) * size)
        {
            Array.Resize(ref _points, (place + 1) * size);
        }

        Rows.Points.CopyTo(_points.AsSpan(place * size));
    }

    /// <summary>Points that were kept.</summary>
    public ReadOnlySpan<double> Kept(int place) => _points.AsSpan(place * Rows.Points.Length, Rows.Points.Length);
}

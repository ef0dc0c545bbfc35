namespace MnistDensity;

/// <summary>How long to train, and on how much.</summary>
/// <param name="Minutes">Longest time of training, or null for no limit.</param>
/// <param name="Epochs">Most passes over the training images, or null for no limit.</param>
/// <param name="Rows">Images to train on, the first of the training file.</param>
public sealed record Budget(double? Minutes, int? Epochs, int Rows)
{
    /// <summary>Where neither time nor epochs are asked for.</summary>
    public const double DefaultMinutes = 60;

    public const int AllRows = 50_000;

    /// <summary>Fewer would not fill ten batches.</summary>
    public const int FewestRows = 1_000;

    public TimeSpan? Time => Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
}

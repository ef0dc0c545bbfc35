namespace MAFlow.Scoring.Models;

/// <summary>What a density that depends on a context has besides bijections and flow.</summary>
/// <param name="Scaling">From contexts in original units to those that the flow sees.</param>
/// <param name="End">The map behind the flow.</param>
internal sealed record GivenContext(ContextScaling Scaling, ConditionalAffine End);

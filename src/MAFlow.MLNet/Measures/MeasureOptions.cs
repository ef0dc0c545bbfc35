namespace MAFlow.MLNet.Measures;

/// <summary>What scores measure.</summary>
/// <param name="Kind">Which measure.</param>
/// <param name="Neighbours">Number k of neighbours, where it has some; fewer where there are not as many training rows.</param>
internal sealed record MeasureOptions(AnomalyMeasure Kind, int Neighbours);

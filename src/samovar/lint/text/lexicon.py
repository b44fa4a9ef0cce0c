"""Words that tell what moves from what stays: the evidence that the detectors of varying text weigh.

These are classes of words and no phrases: a statement is judged by which classes meet in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def vocabulary(words: str) -> frozenset[str]:
    """Return the words of a text, which stand between white space."""
    return frozenset(words.split())


def phrases(text: str) -> dict[str, tuple[str, ...]]:
    """Return phrases, which stand between commas, by their first words."""
    found: dict[str, tuple[str, ...]] = {}
    for each in text.split(","):
        words = " ".join(each.split())
        first = words.split(" ", 1)[0]
        found[first] = (*found.get(first, ()), words)
    return found


def among(words: Collection[str], single: frozenset[str], several: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a word, or several words in a row, are among the words."""
    if not single.isdisjoint(words):
        return True
    first = several.keys() & set(words)
    if not first:
        return False
    joined = " ".join(words) + " "
    return any(f"{phrase} " in joined for each in first for phrase in several[each])


NOW: Final = vocabulary(
    """now currently presently tonight unread pending queued overdue outstanding remaining elapsed ongoing
    underway awaiting uncommitted unstaged unsaved untracked unresolved unanswered unassigned
    unacknowledged today today's restzeit latest nowadays ago momentarily realtime yesterday lately
    aktuell aktuelle aktueller aktuelles derzeit zurzeit momentan gerade heute jetzt verbleibend
    verbleibende restliche gestern vorhin actuellement aujourd maintenant restant restants restante
    restantes hier actualmente ahora hoy quedan ayer attualmente adesso oggi rimanenti rimanente
    ieri atualmente agora hoje restam ontem momenteel vandaag resterend resterende nu сейчас сегодня
    осталось текущий текущая текущее"""
)
"""Words that bind a statement to the moment of speaking by themselves."""
LATELY: Final = vocabulary(
    """aktive aktiven laufende laufenden offene offenen geöffnet geöffnete actif actifs active actives
    ouvert ouverts ouverte ouvertes activo activos activa activas abierto abiertos abierta abiertas
    attivo attivi attiva attive aperto aperti aperta aperte ativo ativos ativa ativas aberto abertos
    aberta abertas actieve openstaande lopende current live open online recent recently last still
    already just left running connected used spent consumed completed present visible selected
    focused noch encore toujours todavía aún ancora ainda nog"""
)
"""Words that do so beside something that moves."""
PHRASES: Final = phrases(
    """so far, right now, at the moment, at this moment, at this instant, at present, at this time, at this
    point, at this hour, as of, as we speak, as things stand, up to now, in progress, in stock, in
    transit, in use, in play, in flight, in the last, in the past, in line, in queue, in the queue, in
    my cart, in the cart, in the basket, in maintenance, in the works, in review, in der warteschlange,
    in coda, in attesa, on hand, on hold, on air, on site today, on screen, on the line, on leave, out
    of stock, out of service, out of office, out for delivery, out sick, out today, out of order, out of
    action, sold out, until further notice, until tomorrow, until tonight, for now, for the moment, for
    the time being, this morning, this afternoon, this evening, this week, this month, this quarter,
    this sprint, this shift, this hour, this minute, this turn, this weekend, this year, this billing,
    last synced, last refreshed, last checked, last seen, last polled, last night, last hour, last
    minute, last reading, last run, last deploy, last build, last known, last fetched, last backup, last
    commit, last sync, last contact, last heartbeat, last week, last green, last successful, last
    failed, last measured, last event, last completed, most recent, most recently, real time, not yet,
    past hour, past day, past week, working tree, since midnight, since noon, since yesterday, since
    this, since monday, since tuesday, since wednesday, since thursday, since friday, since saturday,
    since sunday, since last, since the last, since about, since the deploy, since the merge, since the
    rollout, since the restart, since the upgrade, since the outage, since the incident, since the
    update, since the migration, since the switch, seit gestern, seit heute, seit minuten, seit stunden,
    seit montag, depuis hier, depuis minutes, depuis heures, depuis lundi, desde ayer, desde hace, desde
    ontem, desde las, earlier today, earlier this, minutes late, minutes behind, minutes left, minutes
    remaining, minutes to go, minutes early, off sick, off duty, off today, im moment, im lager, im
    augenblick, en ce moment, en este momento, en cours, en curso, en stock, en attente, en cola, al
    momento, al momento attuale, no momento, op dit moment, op voorraad, auf lager"""
)
"""The same in several words, by the first of them."""

RULE: Final = vocabulary(
    """gilt gelten valable vigente irrevocable irrevocably fixed constant permanent statutory must should
    shall always never if whether unless whenever every each any maximum minimum max min limit limits
    limited default defaults example examples sample policy policies rule rules standard typical
    typically usual usually normal normally general generally often sometimes annually yearly
    monthly weekly daily hourly nightly mondays tuesdays wednesdays thursdays fridays saturdays
    sundays weekdays weekends holidays effective edition editions founded established means refers
    supports supported allowed permitted required requires includes included costs priced warranty
    threshold thresholds target targets timeout timeouts retention interval parameter format schema
    template cannot might may can could would guaranteed recommended expected placeholder approx
    roughly when once per either depends whichever whatever regardless whoever within those who
    objective objectives below above including optional darf muss soll sollte immer nie niemals wenn
    falls jeder jede jedes höchstens mindestens doit devez toujours jamais quand chaque debe siempre
    nunca cuando cada deve sempre mai quando ogni moet altijd nooit wanneer elke"""
)
"""Words of what somebody has laid down, which stays as it is."""
RULED: Final = phrases(
    """up to, at most, at least, at the latest, no more than, no fewer than, no less than, no later than,
    more than, fewer than, less than, zu je, such as, for example, for instance, a day, a week, a month, a
    year, a turn, a minute, an hour, by default, open source, has the form, zero to, no other, opening
    hours, opening
    times, office hours"""
)
"""The same in several words."""
SETTLED: Final = vocabulary(
    """version versions release releases edition law laws regulation tax vat fee fees tariff model models
    language languages country countries region regions currency standard zone timezone events
    employee employees population subsidiaries brand brands founder ceo generation capacity
    dimension dimensions size sizes width height weight length resolution ratio warranty port ports
    endpoint voice tense legislation guideline guidelines member members headquarters founded ext
    extension hours hotline phone term terms deductible premium notice deadline deadlines date
    season curriculum chapter section page_size top_p top_k seed naming api codes id ids type"""
)
"""What a current or latest one is for months."""

MOVES: Final = vocabulary(
    """ci kampagnen kampagne vorgänge meldungen anfragen gespräche rückstand fälle campagnes campagne
    incidents pannes dossiers demandes campañas campaña incidencias incidentes solicitudes casos
    segnalazioni pratiche richieste guasti campanhas chamados storingen meldingen aanvragen systems
    niveau réservoir ofen pegel espresso packages package customs lobby robots show locker lockers
    specials special attendance headcount fill gauge timer countdown eurusd dollar euro pound
    barometer visibility swell snowfall runway mooring ferry crossing fleet depot yard garage
    workshop tram metro rail route detour closure jam kitchen oven grill fryer dishwasher washer
    dryer heater radiator blinds shutter sauna pool gym court triage icu ventilator porter vaccine
    dose doses till cash takings footfall turnover complaint complaints escalation escalations
    inquiries enquiries leads prospects opportunities votes poll signatures donations pledges
    followers views clicks impressions harvest herd silo greenhouse torch arrows ammo ammunition
    potion potions shield armor armour stamina coins tyres lap laps hashrate gas validators stake
    shard shards partition partitions heap threads swap iops bandwidth packets jitter ping crashes
    exceptions retries deadlocks migrations cutover canary dns cdn copies loans returns waitlist
    enrolment enrollment cartons boxes crates drums reels rolls bottles kegs barrels tanker trailer
    trailers containers wagons carriage carriages plane aircraft ship vessel boat drones drone
    satellite lander fehler aufträge auftrag tour touren fahrer lieferung lieferungen kartons
    paletten bestellungen maschine anlage pumpe störungen mitarbeiter kollegen patienten wartezeit
    lieferzeit füllstand temperatur druck lagern commande livraison livraisons camion température
    pression vis colis équipe salle machines pedido entrega entregas camión máquina temperatura cola
    presión equipo sala estacionamento ordine consegna macchina pressione promotions market stocks
    indices velocity burndown signups freeze stock inventory backlog queue queues occupancy uptime
    battery weather forecast outage outages incident oncall inbox cart basket eta mana xp hp sprint
    rollout deployment deploy deploys build builds pipeline pipelines thermostat humidity
    temperature wind traffic congestion delay delays wait flight flights gate train trains bus
    shipment shipments parcel parcels delivery deliveries alert alerts alarm alarms sensor sensors
    reading readings cpu gpu ram memory load disk latency throughput connections session sessions
    visitors viewers players player agents workers worker nodes node replicas pods pod servers
    server machine printer printers printhead devices device light lights door doors window lamp
    heating boiler pump pumps tank tanks fridge freezer pressure voltage altitude position score
    scores standings quote index share shares bid ask spread yield balance points credit credits
    tokens token budget spend usage expenses revenue sales bookings booking reservations reservation
    rooms seats tables beds slots spots spaces vacancies vacancy units pallets items shelf warehouse
    ward theatre clinic dock bay crane forklift truck trucks van vans driver drivers courier
    couriers riders rider technician technicians nurse nurses doctor staff crew shift reviewer
    reviewers calls call chats chat emails email mail messages message notifications tasks task jobs
    job step steps turn turns iteration iterations attempt attempts progress milestone approvals
    invoices invoice payment payments refunds refund tests test commits commit branch flag flags
    toggle experiment experiments maintenance promotion promo campaign sale deal deals track
    playlist song playing tab tabs cursor selection screen editor file files level levels status
    state health mode orders order tickets ticket cases case claims claim users user customers
    customer patient patients students guests guest people price prices rate rates btc eth eur usd
    gbp jpy chf gold silver oil fuel water tide river snow rain sun moon air pollen service services
    api cluster database db cache site website network link line lines lift elevator road lane
    berths pager lanes pass bridge parking car cars charger chargers charging station stations bike
    bikes scooter scooters room meeting calendar slot desk table bed wallet account quota plan game
    match round quest lives speed heading location conversation context todo todos findings errors
    error failures warnings issues issue bugs bug pr prs requests request replica leader follower
    migration backup backups sync certificate robot rover camera vehicle valve motor fan conveyor
    press batch reactor furnace turbine panel panels grid output consumption generation production
    demand supply auction ambulance ambulances berth dockers patrol bays reefer reefers bestand
    lager warteschlange wetter kontostand akku auslastung stau solde météo panier commandes saldo
    clima tiempo carrito pedidos magazzino meteo coda carrello estoque fila voorraad weer wachtrij
    winkelwagen plätze sitzplätze zimmer betten anrufe aufzug heizung strom zug züge flug places
    chambres lits appels techniciens ascenseur chauffage vol vols plazas habitaciones vuelo vuelos
    agentes llamadas ascensor posti camere volo agenti chiamate vagas quartos voo chamadas plaatsen
    kamers vlucht walkins covers oysters soup dough menu housekeeping checkouts checkins suites
    suite hotel restaurant café cafe aisle tills voucher clearance restock pallet manifest
    consignment consignments convoy barge lorry lorries tyre waybill cargo ferries tug quay pier
    vitals pulse saturation glucose infusion drip surgery heartbeat calories sleep ventilators
    oxygen maternity portfolio exposure arrears dividend futures crude brent copper wheat bond bonds
    euribor nikkei dax ftse nasdaq dow bitcoin ethereum coin yen franc peso reservoir dam storage
    inverter solar meter kiln frequency lead innings leaderboard gap odds bet bets penalty cards
    possession substitution opponent goalie striker foul fouls inning enemies enemy boss dungeon
    wave waves kills loot spell spells pot chips dealer board pieces pawn pawns bishop rook dice
    party guild rations torches volumes linter release lag gc snapshot snapshots stash vacuum
    sprinkler sprinklers doorbell hose dishwashers cow cows calf calves milk soil moisture
    irrigation crop crops barn hive hives tractor pasture ewe ewes lamb lambs hens chickens pigs
    platform tunnel taxi taxis escalator escalators motorway highway gust gusts fog uv storm thunder
    avalanche ice frost snowpack lesson quiz homework streak hearts exam lecture hearing jury motion
    vote quorum petition permit counter judge turnout ballots listeners stream headline studio mic
    crews evacuation shelter casualties siren hydrant hydrants centrifuge incubator reagent freezers
    telescope beam detector probe orbit telemetry registrations attendees stage cloakroom speakers
    volunteers booth booths mould molds scrap downtime changeover spindle coolant cycle defects
    viewings offers listings applications applicants interviews openings meals survey responses
    visitor museum stall stalls courts pitch pitches auditorium cinema screening screenings concert
    coach coaches vat vats ovens kilns presses loom looms mill saw crusher boilers chiller chillers
    compressor compressors transformer transformers substation pylon well wells rig rigs valves tap
    taps drum toner paper staffing roster rota shifts colleague colleagues baristas barista waiter
    waiters cook cooks cashier cashiers porters receptionist dispatcher dispatchers medic medics
    surgeon surgeons midwife lifeguard lifeguards guard guards mechanic mechanics werkstatt fähre
    bahn bahnsteig gleis stellwerk küche anrufer wartende gäste gast verkehr wasserstand regen
    schnee strompreis kurs aktie besucher teilnehmer anmeldungen schicht lkw quai métro trafic pluie
    neige visiteurs inscrits cuisine attente appelants réservations clients batterie andén tren
    trenes tráfico lluvia nieve viento cotización visitantes inscritos turno horno cocina camas
    existencias reservas batería nivel binario treno treni traffico pioggia neve vento visitatori
    iscritti forno cucina letti scorte prenotazioni batteria livello comboio trem trânsito chuva
    cozinha leitos bateria nível perron trein treinen verkeer temperatuur bezoekers deelnemers
    dienst keuken bedden oproepen reserveringen batterij peil"""
)
"""Nouns of what is different an hour later."""
GAUGES: Final = vocabulary(
    """trolley inventory attendance headcount backlog occupancy uptime battery weather eta hp xp mana
    unread queue stock balance depth utilisation utilization cart basket vacancies standings
    leaderboard tailback turnout downtime streak humidity tide snowpack footfall waitlist windspeed
    barometer odometer wartezeit füllstand pegel kontostand warteschlange"""
)
"""Nouns whose number is a reading and hardly ever a setting."""

MACHINERY: Final = vocabulary(
    """session sessions message messages user users file files task tasks agent agents tool tools memory
    project branch request requests response conversation line lines screen view page step steps
    turn turns call calls api service services command terminal server servers context token tokens
    cursor editor tab tabs window selection state status mode cache index plan order test tests
    error errors node nodes worker workers thread threads process job jobs search prompt chat output
    health position level levels issue issues commit commits build builds deploy deployment people
    item items case cases todo todos device devices connection connections notification
    notifications email emails link flag flags experiment model game round failure failures warning
    warnings bug bugs pr prs replica replicas database db website site network meeting calendar
    account exceptions customer customers bid price quest lives share table bed room"""
)
"""Nouns of the programs that prompts are about: rules speak of those all the time."""
STATUS: Final = vocabulary(
    """down online offline busy idle full empty critical closed locked unlocked armed disarmed running
    stopped paused halted stalled stuck hung crashed failing failed broken passing green red amber
    yellow degraded healthy unhealthy unavailable unreachable responding unresponsive connected
    disconnected discharging delayed cancelled canceled boarding departed landed diverted arrived
    shipped delivered dispatched processing pending queued waiting awaiting blocked merged deployed
    deploying rolling frozen suspended throttled overloaded saturated congested sunny cloudy
    overcast raining rainy snowing snowy foggy windy stormy drizzle drizzling showers occupied
    vacant booked exhausted depleted backordered away absent sick asleep typing speaking muted
    inbound outbound burning leaking flooding ringing beeping breached unacknowledged unmanned ahead
    behind late overdue leading trailing winning losing rising falling climbing dropping trending
    out dirty stale flapping recovering restarting rebooting booting upgrading draining cordoned
    firing triggered acked acknowledged snoozed syncing lagging slow elevated nominal operational
    intermittent charging heating cooling idling parked docked airborne inflight printing jammed
    offlined flooded icy slippery investigating identified monitoring mitigated resolved disrupted
    derailed grounded rerouted unstable descending ascending accelerating decelerating cleaned ready
    unready wounded injured hungry épuisé épuisée interrompu interrompue retardé retardée
    ausverkauft vergriffen unterbrochen leer voll agotado agotada esaurito esaurita esgotado lotado
    complet unpaid declined refunded sold playing buffering ausgefallen gesperrt geschlossen
    verspätet überlastet bewölkt sonnig regen fermé fermée panne retard nuageux ensoleillé cerrado
    cerrada averiado nublado soleado chiuso guasto nuvoloso fechado gesloten storing kaputt
    défectueux bloqué bloquée roto averiada rotto bezet vertraagd bewolkt zonnig moored berthed
    anchored overheated overheating thawed thawing melted melting clogged dripping blown tripped
    airing adjourned recessed postponed abandoned hospitalised hospitalized sedated intubated
    discharged evacuated extinguished snowbound gridlocked overbooked crowded deserted understaffed
    shorthanded swamped sinking towing refuelling refueling taxiing loitering filling rinsing baking
    proofing brewing fermenting curing grazing ripe wilting quarantined stunned unconscious bleeding
    cornered outnumbered checkmated tied benched sidelined doubtful diverged detached rebasing
    compiling provisioning terminating evicted crashlooping unplugged unstaffed short-staffed wilted
    soaked snowed stranded missing-in-action reopened restocked backlogged unstocked tailing drained
    surging spiking plunging sliding slipping soaring dimmed ajar lit unlit humming rattling
    squeaking smoking besetzt belegt gestört verzögert unterwegs krank abwesend defekt überfüllt
    geräumt occupé occupée occupés complète malade absente vide saturé saturée suspendu suspendue
    arrêté arrêtée annulé annulée ocupado ocupada lleno llena enfermo enferma ausente vacío vacía
    suspendido suspendida parado parada cancelado cancelada retrasado retrasada occupato occupata
    pieno piena malato malata assente vuoto vuota sospeso sospesa fermo ferma annullato annullata
    ritardo cheio cheia doente vazio vazia suspenso suspensa atrasado atrasada ziek afwezig leeg
    gestopt stilgelegd geannuleerd"""
)
"""How a thing is just now."""
SWITCH: Final = vocabulary(
    """ready on off open up enabled disabled active inactive available free stable normal clear high low
    live ok error warm cold hot dry wet steady clean expired reserved taken early scheduled approved
    frei verfügbar disponible disponibles libre libres disponibile disponibili livre livres
    beschikbaar vrij"""
)
"""How a thing is, or how it is meant to be."""
DOING: Final = vocabulary(
    """trading hovering standing stands sits sitting reads shows showing moving heading holds contains
    holding stood"""
)
"""Verbs of being at a value for the moment."""
NUMBERS: Final = vocabulary(
    """two three four five six seven eight nine ten eleven twelve dozen none zero half zwei drei vier fünf
    sechs sieben acht zehn deux trois quatre cinq sept huit dix dos tres cuatro cinco seis siete
    ocho diez due tre quattro cinque sei sette otto dieci"""
)
"""Numbers in words."""
BEING: Final = vocabulary(
    """is are isn aren has have remain remains stays looks appears seems reads stands sits ist sind hat est
    sont está están è sono são är"""
)
"""Verbs of state."""
BETWEEN: Final = vocabulary(
    """currently now still already again all both gerade derzeit aktuell momentan actuellement actualmente
    ahora attualmente adesso atualmente agora partially fully completely temporarily very quite
    being been not only just mostly presently partly also en in"""
)
"""Words that may stand between a verb of state and the state."""
STILL: Final = vocabulary(
    """still already just noch schon gerade encore déjà toujours todavía aún ya ancora già ainda nog já"""
)
"""Adverbs that only tell of a moment."""
ON: Final = vocabulary("duty call shift leave hold air fire strike board")
"""What one is on for a while."""
OFFERS: Final = vocabulary(
    """support supports offer offers accept accepts ship ships operate operates cover covers serve serves
    provide provides employ employs sell sells publish teach teaches speak speaks own owns represent
    lasts takes needs weighs measures costs fits consists comes starts ends opens closes begins
    leaves arrives runs works travel travels seats"""
)
"""Verbs of what an organisation does, whatever number stands behind them."""
ACTS: Final = vocabulary(
    """answer use keep check ask give tell say return respond reply write read cite avoid ensure make do
    don be prefer treat provide include explain follow consider remember convert add remove put set
    start stop begin wait try run send find look search pick choose select escalate transfer confirm
    verify refuse decline apply assume translate summarize summarise greet reject accept mention
    refer match split calculate compute compare sort store save retry schedule cancel submit review
    wrap print describe define act behave think help assist guide teach stay take leave let press
    click type enter go move please prioritise prioritize note limit turn call list report show
    quote offer round format rank group address flag count log handle process state plan book issue
    order file track monitor pass mark allow name cap warn notify fetch perform assess output
    redirect route rotate antworte verwende prüfe nutze frage réponds utilise demande responde usa
    pregunta rispondi chiedi"""
)
"""Verbs that open an instruction."""
DETERMINER: Final = vocabulary(
    """the a an each all any it them they your every only at with to when from no not as up out off for in
    this that these those their his her one if about what how who which both before after until two
    three on back customers users"""
)
"""Words behind a verb that opens an instruction, where the word may be a noun too."""

"""What somebody is to those who write prompts: customer, learner, caller, in several languages."""

from __future__ import annotations

from typing import Final

from samovar.lint.text.lexicon import vocabulary

WHO: Final = vocabulary(
    """user customer client patient student pupil learner caller member subscriber guest passenger traveller
    traveler applicant borrower candidate employee requester requestor buyer shopper visitor reader donor
    policyholder cardholder patron player asker speaker sender interlocutor counterpart holder resident
    citizen taxpayer claimant insured patient tenant trainee apprentice developer engineer merchant seller
    host rider driver parent viewer listener householder household owner addressee asker cardholder bidder
    donor fragender fragende fragenden interlocuteur interlocutrice bénéficiaire gesprächspartner
    gesprächspartnerin versicherte mieter mieterin mandant gast teilnehmer tutee diner voter gentleman
    lady woman man mother father mum dad boss girl boy couple pensioner soldier sailor pilot chef teacher
    nurse lawyer professor physician carer caretaker handyman gardener teen teenager child kid competitor
    contestant fan listener streamer walker climber skier cyclist swimmer gymnast dancer musician jugador
    joueur joueuse spieler spielerin giocatore jogador speler fahrgast reisende reisender bewerber
    bewerberin schülerin lehrer lehrerin studierende versicherter voyageur voyageuse locataire apprenant
    salarié salariée interlocutor huésped comprador viajero socio ospite cliente pasajero gast huurder
    human commuter shareholder hiker lodger homeowner volunteer attendee participant gamer newcomer freelancer
    mentee coachee athlete runner recipient author person colleague operator nutzer nutzerin benutzer
    benutzerin kunde kundin anrufer anruferin patientin schüler schülerin mitglied nutzerprofil
    benutzerprofil kundenprofil utilisateur utilisatrice cliente abonné abonnée élève patiente appelant
    appelante adhérent adhérente usuario usuaria alumno alumna paciente utente abbonato abbonata paziente
    studente studentessa usuário usuária aluno aluna gebruiker klant leerling patiënt användare användaren
    kund kunden bruker brukeren пользователь клиент użytkownik użytkownika klient klienta klientka
    klientki pacjent uživatel zákazník felhasználó müşteri käyttäjä asiakas"""
)
"""What somebody is to those who wrote the prompt."""
